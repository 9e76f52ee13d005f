import { describe, expect, test, vi } from "vitest";
import { Coherence } from "../src/coherence.ts";
import type { Bus, PollAnswer } from "../src/index.ts";
import { ManualClock } from "../src/index.ts";
import { softly, wordOfKey, wordOfTag } from "../src/key.ts";
import type { SharedLog } from "../src/outbox.ts";
import { createNodes, pass, shipped } from "./support/nodes.ts";

const SILENT: Bus = { signal: async () => {}, subscribe: () => () => {} };

/** A process whose log answers what the test says, and a holder that notes what it is told. */
async function createListener(first: Partial<PollAnswer> = {}) {
  const clock = new ManualClock();
  let answer: PollAnswer = { epoch: "e1", generation: 0, seq: 10, stamp: "s10", changes: [], ...first };
  const log: SharedLog = {
    poll: async () => answer,
    bump: async () => ({ epoch: answer.epoch, seq: answer.seq, stamp: answer.stamp }),
    flush: async () => {},
  };
  const coherence = new Coherence({ log, bus: SILENT, clock });
  const told: (string | [string, number])[] = [];
  coherence.addHolder({
    holds: () => false,
    clear: () => told.push("clear"),
    changed: (word, seq) => told.push([word, seq]),
  });
  await coherence.contact;
  const poll = async (next: Partial<PollAnswer>) => {
    answer = { ...answer, changes: [], ...next };
    await coherence.hear();
    return told.splice(0);
  };
  /** What a value of this version is worth that the second tier has for "key". */
  const judge = (version: number, { epoch = coherence.history!, tags = [] as readonly string[] } = {}) =>
    coherence.judgeFrame(coherence.begin(), {
      key: "key",
      epoch,
      version,
      stamp: "",
      tag: "",
      tags,
      expiresAt: 0,
      staleUntil: 0,
      graceUntil: 0,
      negative: false,
      codec: "json1",
      payload: new Uint8Array(),
    });
  told.length = 0;
  return { clock, coherence, told, poll, judge };
}

const row = (seq: number, tag: string, stamp = `s${seq}`) => ({ seq, tag, stamp });

describe("a poll", () => {
  test("tells the holders of each change since the last, once, in order", async () => {
    const { poll } = await createListener();
    const changes = [row(10, "=old"), row(11, "=a"), row(12, "#b"), row(12, "~=c")];
    expect(await poll({ seq: 12, stamp: "s12", changes })).toEqual([
      ["=a", 11],
      ["#b", 12],
      ["~=c", 12],
    ]);
    expect(await poll({ changes: [row(12, "#b"), row(12, "~=c")] })).toEqual([]);
  });

  test("of a change of nothing, as the beginning of a history is, tells nobody", async () => {
    const { poll } = await createListener();
    expect(await poll({ seq: 11, stamp: "s11", changes: [row(10, ""), row(11, "")] })).toEqual([]);
  });

  test.each([
    ["another epoch", { epoch: "e2", seq: 0, stamp: "s0" }],
    ["a lower number", { seq: 9, stamp: "s9" }],
    ["another stamp at the same number", { stamp: "other" }],
    ["another stamp where it had been", { seq: 11, stamp: "s11", changes: [row(10, "=a", "other"), row(11, "=b")] }],
    ["a gap: what came next was forgotten", { seq: 12, stamp: "s12", changes: [row(12, "=b")] }],
    ["a reason of the log's own", { broken: "moved" }],
  ])("with %s makes everything go", async (_, answer) => {
    const { coherence, poll } = await createListener();
    const { generation } = coherence;
    expect(await poll(answer)).toEqual(["clear"]);
    expect(coherence.generation).toBe(generation + 1);
    expect(coherence.isCurrent({ tag: "", version: 10, generation })).toBe(false);
  });

  test("after a soft flush of everything makes nothing current, and nothing go", async () => {
    const { coherence, poll } = await createListener();
    const { generation } = coherence;
    expect(await poll({ generation: 1 })).toEqual([]);
    expect(coherence.isCurrent({ tag: "", version: 10, generation })).toBe(false);
    expect(coherence.mayStandIn()).toBe(true);
  });
});

describe("a value in the second tier", () => {
  test("is current unless its key or one of its tags changed after its version", async () => {
    const { poll, judge } = await createListener();
    await poll({ seq: 12, stamp: "s12", changes: [row(10, ""), row(11, wordOfKey("key")), row(12, wordOfTag("tag"))] });
    expect([judge(10), judge(11), judge(12)]).toEqual(["refused", "current", "current"]);
    expect([judge(11, { tags: ["other", "tag"] }), judge(12, { tags: ["tag"] })]).toEqual(["refused", "current"]);
  });

  test("is over if that was softly meant, or if everything was softly flushed since", async () => {
    const { coherence, poll, judge } = await createListener();
    const before = coherence.history!;
    await poll({ seq: 12, stamp: "s12", changes: [row(10, ""), row(11, softly(wordOfKey("key"))), row(12, softly(wordOfTag("tag")))] });
    expect([judge(10), judge(11), judge(11, { tags: ["tag"] })]).toEqual(["over", "current", "over"]);
    await poll({ generation: 1 });
    expect([judge(12, { epoch: before }), judge(12)]).toEqual(["over", "current"]);
    await poll({ seq: 13, stamp: "s13", changes: [row(12, ""), row(13, wordOfKey("key"))] });
    expect(judge(12, { epoch: before })).toBe("refused");
  });

  test("is refused if it is of another epoch, whatever its number, or of one whose name only begins alike", async () => {
    const { judge } = await createListener();
    expect([judge(99, { epoch: "e2.0" }), judge(10, { epoch: "e1" }), judge(10, { epoch: "e10.0" })]).toEqual(
      Array.from({ length: 3 }, () => "refused"),
    );
  });

  test("is judged by a process that has just started as far back as its log's answer is complete", async () => {
    const changes = [row(7, wordOfKey("key")), row(10, "")];
    const { judge } = await createListener({ changes, completeFrom: 5 });
    expect([judge(3), judge(4), judge(6), judge(7)]).toEqual(["refused", "refused", "refused", "current"]);
    const other = await createListener({ changes: [], completeFrom: 5 });
    expect([other.judge(3), other.judge(4)]).toEqual(["refused", "current"]);
    const unsaid = await createListener({ changes: [] });
    expect([unsaid.judge(9), unsaid.judge(10)]).toEqual(["refused", "current"]);
  });

  test("is refused after a break if it is from before it, even by a number that the new history has passed", async () => {
    const { poll, judge } = await createListener();
    await poll({ seq: 12, stamp: "s12", changes: [row(12, "=other")] });
    expect([judge(11), judge(12)]).toEqual(["refused", "current"]);
  });

  test("is refused while nothing is known, and when what is known is too old", async () => {
    const { clock, judge } = await createListener();
    expect(judge(10)).toBe("current");
    clock.advance(1_899);
    expect(judge(10)).toBe("current");
    clock.advance(1);
    expect(judge(10)).toBe("refused");
  });

  test("is refused if more changed since than is remembered", async () => {
    const { caches } = await createNodes(2, { l2: { coherence: { maxChanges: 3 } } });
    const [a, b] = caches;
    for (const key of ["old", "new"]) {
      await a.getOrLoad(key, () => key);
      await shipped();
      for (const each of ["1", "2", "3", "4"].slice(key === "old" ? 0 : 2)) await a.delete(each);
    }
    await shipped();
    expect(await b.getOrLoad("old", () => "loaded")).toBe("loaded");
    expect(await b.getOrLoad("new", () => "loaded")).toBe("new");
  });
});

test("words of a newer version are passed over, and their neighbours heard", async () => {
  const { caches, connections } = await createNodes(2);
  const [a, b] = caches;
  await b.getOrLoad("key", () => "old");
  await b.getOrLoad("!key", () => "kept");
  await connections[0]!.authority.bump(["!key", "~", "~~=key", "?", "=key"]);
  await connections[0]!.bus.signal();
  await shipped();
  expect([b.peek("key"), b.peek("!key")]).toEqual([undefined, "kept"]);
  expect(a.stats().coherence).toMatchObject({ verified: true });
});

describe("a log that loses everything, as one without a disk does when it is restarted", () => {
  test("makes everything go with the next poll, and nothing from before in the second tier is believed", async () => {
    const { clock, caches, memory, connections } = await createNodes(2);
    const [a, b] = caches;
    await a.getOrLoad("key", () => "old");
    await shipped();
    const [frame] = await connections[0]!.tier.get(["key"]);
    memory.loseEverything("test");
    await connections[0]!.tier.set("key", frame!, 60_000);
    await pass(clock, 400);
    expect(a.stats().entries).toBe(0);
    expect(await b.getOrLoad("key", () => "new")).toBe("new");
    expect(b.stats().l2!.reads).toMatchObject({ refused: 1 });
  });

  test("ends a load that began before: its value reaches who waits, and is kept for nobody", async () => {
    const { clock, caches, memory } = await createNodes(1);
    const [a] = caches;
    let finish: (value: string) => void = () => {};
    const read = a.getOrLoad("key", () => new Promise<string>((resolve) => (finish = resolve)));
    await shipped();
    memory.loseEverything("test");
    await pass(clock, 400);
    const later = a.getOrLoad("key", () => "new");
    finish("old");
    expect([await read, await later]).toEqual(["old", "new"]);
    expect(a.peek("key")).toBe("new");
  });
});

test("a process that slept through more changes than the log remembers lets go of everything", async () => {
  const { clock, caches, connections } = await createNodes(2, {}, { maxChanges: 3 });
  const [a, b] = caches;
  await b.getOrLoad("key", () => "old");
  connections[1]!.authority.misbehave({ rejects: 1 });
  for (const key of ["1", "2", "3", "4", "5"]) await a.delete(key);
  expect(b.peek("key")).toBe("old");
  connections[1]!.authority.misbehave({});
  await pass(clock, 400);
  expect(b.stats()).toMatchObject({ entries: 0, coherence: { verified: true } });
});

test("polls, signals and gaps are counted, and how old what is known can be", async () => {
  const { clock, caches, connections, memory } = await createNodes(1);
  const [a] = caches;
  const before = a.stats().coherence!;
  expect(before).toEqual({ verified: true, stalenessBoundMs: 0, polls: 2, pollFailures: 0, signals: 0, gaps: 1, journal: 0 });
  await connections[0]!.bus.signal();
  await shipped();
  memory.cutSubscriptions("test");
  await shipped();
  connections[0]!.authority.misbehave({ rejects: 1 });
  await pass(clock, 400);
  await pass(clock, 70);
  expect(a.stats().coherence).toEqual({ ...before, stalenessBoundMs: 470, polls: 4, pollFailures: 1, signals: 1, gaps: 2 });
});

test("who knows no other holder than those that are left tells only those", async () => {
  const { coherence, poll } = await createListener();
  const gone = vi.fn();
  coherence.addHolder({ holds: () => false, clear: gone, changed: gone })();
  await poll({ seq: 11, stamp: "s11", changes: [row(10, ""), row(11, "=a")] });
  await poll({ epoch: "e2" });
  expect(gone).not.toHaveBeenCalled();
});

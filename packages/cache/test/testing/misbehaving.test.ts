import { expect, test } from "vitest";
import { ManualClock } from "../../src/clock.ts";
import { createMemoryBackend } from "../../src/testing/memory-backend.ts";
import { misbehavingAuthority } from "../../src/testing/misbehaving/authority.ts";
import { misbehavingBackend } from "../../src/testing/misbehaving/backend.ts";
import { settled } from "../support/deferred.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (held: Uint8Array | undefined) => (held === undefined ? undefined : new TextDecoder().decode(held));

function start(seed = 1) {
  const clock = new ManualClock();
  const memory = createMemoryBackend({ clock });
  const backend = misbehavingBackend(memory, { clock, seed });
  return { clock, memory, backend, ...backend.connect("one") };
}

/** What a promise has come to by now. */
async function state(promise: Promise<unknown>): Promise<string> {
  const settling = promise.then(
    () => "resolved",
    () => "rejected",
  );
  return Promise.race([settling, settled().then(() => "pending")]);
}

test("without trouble, everything goes through", async () => {
  const { tier, bus, authority } = start();
  const heard: string[] = [];
  bus.subscribe((what) => heard.push(what));
  expect(await tier.set("key", bytes("value"), 1_000)).toBe(true);
  expect((await tier.get(["key"])).map(text)).toEqual(["value"]);
  expect(await tier.lock("key", "mine", 1_000)).toBe(true);
  await tier.unlock("key", "mine");
  await tier.delete(["key"]);
  expect(await tier.clear()).toBe(0);
  expect(tier.now()).toBe(0);
  await bus.signal();
  await settled();
  expect(heard).toEqual(["gap", "signal"]);
  expect((await authority.bump(["tag"])).seq).toBe(1);
  await authority.flush(false);
  expect(await authority.poll(undefined)).toMatchObject({ seq: 1, generation: 1 });
});

test("a call that hangs does nothing, one that loses its answer does what it should, and neither settles", async () => {
  const { tier, memory } = start();
  const held = () => memory.connect("one").tier.get(["key"]);
  tier.misbehave({ hangs: 1 });
  expect(await state(tier.set("key", bytes("value"), 1_000))).toBe("pending");
  expect(await held()).toEqual([undefined]);
  tier.misbehave({ losesAnswer: 1 });
  expect(await state(tier.set("key", bytes("value"), 1_000))).toBe("pending");
  expect(await held()).toEqual([bytes("value")]);
  tier.misbehave({});
  expect((await tier.get(["key"])).map(text)).toEqual(["value"]);
});

test("a call that rejects does nothing", async () => {
  const { authority } = start();
  authority.misbehave({ rejects: 1 });
  await expect(authority.bump(["tag"])).rejects.toThrow("Rejected by a fake");
  authority.misbehave({});
  expect(await authority.poll(undefined)).toMatchObject({ seq: 0 });
});

test("what arrives late is done late, and what answers late was done at once", async () => {
  const { authority, clock } = start();
  authority.misbehave({ arrivesLate: 1, lateMs: 50 });
  const lateQuestion = authority.poll(undefined);
  authority.misbehave({ answersLate: 1, lateMs: 50 });
  const lateAnswer = authority.poll(undefined);
  authority.misbehave({});
  await authority.bump(["tag"]);
  expect(await state(lateQuestion)).toBe("pending");
  expect(await state(lateAnswer)).toBe("pending");
  clock.advance(50);
  expect((await lateQuestion).seq).toBe(1);
  expect((await lateAnswer).seq).toBe(0);
});

test("a tier that forgets still holds", async () => {
  const { tier } = start();
  await tier.set("key", bytes("value"), 1_000);
  tier.misbehave({ forgets: 1 });
  expect(await tier.get(["key"])).toEqual([undefined]);
  tier.misbehave({});
  expect((await tier.get(["key"])).map(text)).toEqual(["value"]);
});

test("a tier that answers garbage makes it up, tears what is held, and mixes keys up", async () => {
  const { tier } = start();
  await tier.set("key", bytes("value"), 1_000);
  await tier.set("other", bytes("another value"), 1_000);
  tier.misbehave({ answersGarbage: 1 });
  const answers = new Set<string | undefined>();
  for (let i = 0; i < 200; i++) answers.add(text((await tier.get(["key"]))[0]));
  expect(answers).toContain("val");
  expect(answers).toContain("another value");
  expect(answers.size).toBeGreaterThan(50);
});

test("a tier can answer any frame that any connection ever wrote for a key, deleted and refused ones too, and only those", async () => {
  const { tier, backend } = start();
  const other = backend.connect("one").tier;
  await tier.set("key", bytes("one"), 1_000);
  await other.set("key", bytes("two"), 1_000);
  await tier.delete(["key"]);
  other.misbehave({ rejects: 1 });
  await expect(other.set("key", bytes("three"), 1_000)).rejects.toThrow("Rejected");
  await tier.set("other", bytes("four"), 1_000);
  await backend.connect("another").tier.set("key", bytes("five"), 1_000);
  tier.misbehave({ answersAnyEverWritten: 1 });
  const answers = new Set<string | undefined>();
  for (let i = 0; i < 100; i++) answers.add(text((await tier.get(["key"]))[0]));
  expect(answers).toEqual(new Set(["one", "two", "three"]));
  expect(await tier.get(["never"])).toEqual([undefined]);
});

test("messages are lost, doubled, and delayed by times of their own", async () => {
  const { bus, clock } = start();
  const heard: string[] = [];
  const stop = bus.subscribe((what) => heard.push(what));
  await settled();
  const signal = async () => {
    heard.length = 0;
    await bus.signal();
    await settled();
    return heard;
  };
  bus.misbehave({ losesMessages: 1 });
  expect(await signal()).toEqual([]);
  bus.misbehave({ duplicatesMessages: 1 });
  expect(await signal()).toEqual(["signal", "signal"]);
  bus.misbehave({ reordersMessages: 1, lateMs: 10 });
  expect(await signal()).toEqual([]);
  clock.advance(10);
  await settled();
  expect(heard).toEqual(["signal"]);
  await signal();
  stop();
  clock.advance(10);
  await settled();
  expect(heard).toEqual([]);
});

test("a bus that has gone deaf hears no gap either, and only it", async () => {
  const { bus, backend, memory } = start();
  const other = backend.connect("one").bus;
  const heard: string[] = [];
  bus.subscribe((what) => heard.push(`deaf ${what}`));
  other.subscribe((what) => heard.push(`other ${what}`));
  await settled();
  heard.length = 0;
  bus.misbehave({ deaf: 1 });
  await other.signal();
  memory.cutSubscriptions("one");
  await settled();
  expect(heard).toEqual(["other signal", "other gap"]);
});

test("an authority keeps its kind: what it cannot do, it still cannot", () => {
  const poll = () => Promise.reject(new Error("no database"));
  expect(Object.keys(misbehavingAuthority({ poll }))).toEqual(["poll", "misbehave"]);
});

test("the same seed and the same calls are the same trouble", async () => {
  const run = async (seed: number) => {
    const { tier } = start(seed);
    await tier.set("key", bytes("value"), 1_000);
    tier.misbehave({ forgets: 0.5 });
    const answers: boolean[] = [];
    for (let i = 0; i < 40; i++) answers.push((await tier.get(["key"]))[0] === undefined);
    return answers;
  };
  expect(await run(7)).toEqual(await run(7));
  expect(await run(7)).not.toEqual(await run(8));
  expect(new Set(await run(7)).size).toBe(2);
});

test("every connection is in trouble of its own", async () => {
  const { tier, backend } = start();
  const other = backend.connect("one");
  tier.misbehave({ rejects: 1 });
  expect(await other.tier.get(["key"])).toEqual([undefined]);
  expect(backend.connections).toHaveLength(2);
  expect(backend.connections[1]).toBe(other);
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkHistory } from "../../../../bench/faults/checker/check-history.ts";
import { RULES, type Rule } from "../../../../bench/faults/checker/verdict.ts";
import { readHistory, writeHistory } from "../../../../bench/faults/history/history-file.ts";
import type { HistoryRecord, Probe } from "../../../../bench/faults/history/records.ts";
import { edit, end, fault, read, smallHistory } from "./small-history.ts";

const newText = (more = {}) => edit(1_000, 1, { "text:rome": "x1" }, more);
const newTitle = (more = {}) => edit(1_100, 2, { "title:oslo": "t2" }, more);
const deleted = (more = {}) => edit(1_000, 1, { "at:/atlas/rome": "gone" }, more);
const created = (more = {}) => edit(1_000, 1, { "at:/atlas/lima": "lima" }, more);
const unacknowledged = { acknowledged: false } as const;
const marked = { marked: true } as const;

/** Reads and probes that take so long, 200 a second for 20 s from `from` on. */
function steady(from: number, durationMs: number): HistoryRecord[] {
  return Array.from({ length: 4_000 }, (_, index) => from + index * 5).flatMap((start): HistoryRecord[] => [
    read(start, "before", { end: start + durationMs }),
    { is: "probe", start, end: start + 2 } satisfies Probe,
  ]);
}

/** For each rule one history that breaks it, and what must be said of it. */
const BROKEN: Record<Rule, { readonly history: HistoryRecord[]; readonly says: RegExp }> = {
  FRESH: {
    history: [newText({ machine: "two" }), read(1_500, "before")],
    says: /^one \/atlas\/rome 200: text:rome = x0, replaced by edit 1; edit 1 was acknowledged 490 ms before$/,
  },
  BOUND: {
    history: [newText({ ...unacknowledged, by: "sql" }), read(3_100, "before")],
    says: /text:rome = x0, replaced by edit 1 2090 ms before/,
  },
  MARK: { history: [read(5_000, "before", marked)], says: /marked as old, though the database was there/ },
  WHOLE: { history: [newText(), newTitle(), read(1_200, "torn")], says: /text:rome = x0 together with title:oslo = t2/ },
  MONO: {
    history: [newText(unacknowledged), read(1_200, "after", { connection: 7 }), read(1_300, "before", { connection: 7 })],
    says: /text:rome = x0, replaced by edit 1, which this connection had shown/,
  },
  CONVERGE: { history: [newText(), read(20_000, "before", { quiet: true })], says: /text:rome = x0, replaced by edit 1/ },
  NEG: { history: [created(), read(1_500, "noLima")], says: /at:\/atlas\/lima = none, replaced by edit 1/ },
  GONE: { history: [deleted(), read(1_500, "before")], says: /at:\/atlas\/rome = rome, replaced by edit 1/ },
  FLIGHT: {
    history: [newText(unacknowledged), read(1_200, "after"), read(1_300, "before")],
    says: /text:rome = x0, replaced by edit 1, which this process had shown/,
  },
  NOLOST: { history: [newText({ position: null })], says: /edit 1 \(text\), acknowledged by one, is not in the database/ },
  LIMIT: { history: [read(1_000, "before", { end: 4_500 })], says: /3500 ms, at most 3000, during no fault/ },
  AVAIL: {
    history: [fault(900, 1_100, "redis"), failed(1_000, { status: 500 })],
    says: /^one \/atlas\/rome: 500 during redis$/,
  },
};

function failed(start: number, { status, failure, retryAfter }: { status?: number; failure?: string; retryAfter?: string }) {
  const { status: _, body: __, ...rest } = read(start, "before");
  return { ...rest, ...(status && { status }), ...(failure && { failure }), ...(retryAfter && { retryAfter }) };
}

const check = (...events: readonly HistoryRecord[]) => checkHistory(smallHistory(...events, end())).violations;

describe("the checker of histories", () => {
  test.each(Object.keys(RULES) as Rule[])("names what breaks %s, and nothing else", (rule) => {
    const { history, says } = BROKEN[rule];
    const violations = check(...history);
    expect(violations.map((violation) => violation.rule)).toEqual([rule]);
    expect(violations[0]!.what).toMatch(says);
  });

  test("says the same of a history that was written down and read again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "qrcards-history-"));
    const file = join(folder, "history.jsonl");
    try {
      for (const { history } of Object.values(BROKEN)) {
        const whole = smallHistory(...history, end());
        await writeHistory(file, whole);
        expect(checkHistory(await readHistory(file))).toEqual(checkHistory(whole));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("refuses a history without its end", () => {
    expect(() => checkHistory(smallHistory(newText()))).toThrow("the run did not get so far");
  });

  test.each<[string, HistoryRecord[]]>([
    ["new and whole after an acknowledgement", [newText(), newTitle(), read(1_200, "both")]],
    ["old while the edit is under way", [newText(), read(1_005, "before")]],
    ["old within L of an edit that nobody acknowledged", [newText(unacknowledged), read(2_900, "before")]],
    ["an address that comes back", [deleted(), edit(2_000, 2, { "at:/atlas/rome": "rome" }), read(1_500, "gone"), read(2_500, "before")]],
    ["marked as old while the database is away", [newText(), fault(500, 4_000, "database", { away: true }), read(3_000, "before", marked)]],
    ["an edit that was never acknowledged and is not there", [newText({ ...unacknowledged, position: null }), read(9_000, "before")]],
    ["newer at another process first", [newText(unacknowledged), read(1_200, "after"), read(1_300, "before", { machine: "two" })]],
    [
      "no answer from a process that was killed",
      [fault(900, 1_100, "worker", { target: "one" }), failed(1_000, { failure: "ECONNRESET" })],
    ],
    [
      "a refusal with a time while the database is away",
      [fault(500, 4_000, "database", { away: true }), failed(3_000, { status: 503, retryAfter: "3" })],
    ],
    [
      "marked as old by a process that had just stood still",
      [fault(500, 4_000, "worker", { target: "one" }), read(4_500, "before", marked)],
    ],
    ["late where the machine itself was slow", [{ is: "probe", start: 1_000, end: 1_200 }, read(1_000, "before", { end: 5_500 })]],
    ["late while its own process stood still", [fault(900, 3_900, "worker", { target: "one" }), read(1_000, "before", { end: 4_000 })]],
  ])("accepts %s", (_what, history) => {
    expect(check(...history)).toEqual([]);
  });

  test.each<[Rule, string, HistoryRecord[]]>([
    [
      "FRESH",
      "old and not marked within L of the database's going",
      [newText(), fault(500, 9_000, "database", { away: true }), read(2_000, "before")],
    ],
    ["MARK", "not marked, long after the database went", [fault(500, 9_000, "database", { away: true }), read(3_000, "before")]],
    ["MARK", "marked long after the database came back", [fault(500, 1_000, "database", { away: true }), read(5_000, "before", marked)]],
    [
      "GONE",
      "deleted before the database went, and marked",
      [deleted(), fault(2_000, 9_000, "database", { away: true }), read(5_000, "before", marked)],
    ],
    ["WHOLE", "a version that never was", [read(1_000, "after")]],
    ["NOLOST", "a place in the history other than was said", [newText({ answeredPosition: 9 })]],
    ["LIMIT", "longer than the server waits for its database", [fault(0, 30_000, "database"), read(1_000, "before", { end: 16_000 })]],
    [
      "AVAIL",
      "a refusal that does not say when to come again",
      [fault(500, 4_000, "database", { away: true }), failed(3_000, { status: 503 })],
    ],
    [
      "AVAIL",
      "a process that is killed while another one is asked",
      [fault(900, 1_100, "worker", { target: "two" }), failed(1_000, { failure: "ECONNRESET" })],
    ],
  ])("takes for %s: %s", (rule, _what, history) => {
    expect(check(...history).map((violation) => violation.rule)).toEqual([rule]);
  });

  test("holds the database at the end against the sum of all edits", () => {
    const history = smallHistory(newText(), end({ "text:rome": "x0", "title:rome": "t0" }));
    expect(checkHistory(history).violations.map(({ rule, what }) => `${rule} ${what}`)).toEqual([
      "NOLOST the database holds text:rome = x0 at the end; the edits make it x1",
    ]);
  });

  test("takes a rise of the slowest reads during trouble with Redis for LIMIT, and a slower machine for none", () => {
    const calm = steady(0, 5);
    const trouble = [fault(30_000, 50_000, "redis"), ...steady(30_000, 250)];
    expect(check(...calm, ...trouble).map(({ rule, what }) => `${rule} ${what}`)).toEqual([
      "LIMIT p99 of reads 250 ms during trouble with Redis, 5 ms else: 245 ms more",
    ]);
    const slowMachine = trouble.map((record) => (record.is === "probe" ? { ...record, end: record.end + 200 } : record));
    expect(check(...calm, ...slowMachine)).toEqual([]);
  });

  test("says how long the oldest answer had been replaced", () => {
    const { worstStalenessMs } = checkHistory(smallHistory(newText(unacknowledged), read(2_400, "before"), read(2_900, "after"), end()));
    expect(worstStalenessMs).toBe(1_390);
  });
});

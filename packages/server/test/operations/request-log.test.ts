import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { RequestLog } from "../../src/operations/request-log.ts";
import { serializeError } from "../../src/operations/serialize-error.ts";
import type { Answered } from "../../src/operations/traffic.ts";

type Line = Readonly<Record<string, unknown>>;

/** A log at a level, and the lines that it has got. */
function openLog(level: string, sample = 0): { log: RequestLog; lines: Line[] } {
  const lines: Line[] = [];
  const stream = { write: (text: string) => void lines.push(JSON.parse(text)) };
  const logger = pino({ level, base: null, timestamp: false, serializers: { err: serializeError } }, stream);
  return { log: new RequestLog({ log: logger, sample }), lines };
}

function answered(status: number | undefined, more: Partial<Answered> = {}): Answered {
  return {
    request: { method: "GET", url: "/book/one?token=hush" } as Answered["request"],
    kind: "page",
    status,
    durationMs: 1.23456,
    notes: {},
    ...more,
  };
}

const LEVELS = { 30: "info", 40: "warn", 50: "error" } as const;
const levelOf = (line: Line | undefined) => line && LEVELS[line.level as keyof typeof LEVELS];

describe("a request", () => {
  test.each([
    [answered(503), "error"],
    [answered(500, { durationMs: 2_000 }), "error"],
    [answered(200, { durationMs: 1_001 }), "warn"],
    [answered(404, { durationMs: 1_001 }), "warn"],
    [answered(404), "info"],
    [answered(undefined), "info"],
    [answered(200), undefined],
    [answered(304), undefined],
  ])("of its kind gets the line that it should", (one, level) => {
    const { log, lines } = openLog("info");
    log.answered(one);
    expect(lines.map(levelOf)).toEqual(level === undefined ? [] : [level]);
  });

  test("that went well gets a line if all are asked for, and none above info", () => {
    const { log, lines } = openLog("info", 1);
    log.answered(answered(200, { notes: { cache: "hit", tag: "trip:7" } }));
    expect(lines).toEqual([
      { level: 30, method: "GET", path: "/book/one", kind: "page", status: 200, ms: 1.235, cache: "hit", trip: 7, msg: "answered" },
    ]);
    const quiet = openLog("warn", 1);
    quiet.log.answered(answered(200));
    quiet.log.answered(answered(404));
    expect(quiet.lines).toEqual([]);
  });

  test("is sampled about as often as is asked for", () => {
    const { log, lines } = openLog("info", 0.1);
    for (let times = 0; times < 10_000; times += 1) log.answered(answered(200));
    // Ten standard deviations off.
    expect(Math.abs(lines.length - 1_000)).toBeLessThan(300);
  });

  test("that failed has its error, its code and the id that the client was told", () => {
    const { log, lines } = openLog("warn");
    const error = new Error("no answer", { cause: new Error("connect to postgres://me:hush@db failed") });
    log.answered(answered(503, { notes: { code: "database-unavailable", requestId: "5f0c", error } }));
    expect(lines).toMatchObject([
      {
        code: "database-unavailable",
        requestId: "5f0c",
        err: { message: "no answer", cause: { message: "connect to postgres://[secret]@db failed" } },
      },
    ]);
  });

  test("of many that fail alike adds to a number", () => {
    const { log, lines } = openLog("warn");
    for (let times = 0; times < 5_000; times += 1) log.answered(answered(503, { notes: { code: "busy" } }));
    log.answered(answered(503, { notes: { code: "database-unavailable" } }));
    expect(lines.map(({ code }) => code)).toEqual([...Array(10).fill("busy"), "database-unavailable"]);
    log.close();
    expect(lines.at(-1)).toMatchObject({ level: 40, what: "busy", count: 4_990 });
  });

  test("that is none is told of by its code, in bounds", () => {
    const { log, lines } = openLog("info");
    for (let times = 0; times < 100; times += 1) log.broken("HPE_INVALID_METHOD");
    expect(lines).toHaveLength(10);
    expect(lines[0]).toEqual({ level: 30, code: "HPE_INVALID_METHOD", msg: "what came is no request" });
    log.close();
  });
});

test("pages from memory are of interest where a sample of them would be written", () => {
  expect(openLog("info", 0.01).log.wantsHits).toBe(true);
  expect(openLog("info", 0).log.wantsHits).toBe(false);
  expect(openLog("warn", 1).log.wantsHits).toBe(false);
});

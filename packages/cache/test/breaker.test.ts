import { expect, test } from "vitest";
import { Breaker, type BreakerOptions, type BreakerState, type Outcome } from "../src/breaker.ts";
import { ManualClock } from "../src/clock.ts";

function setUp(options: BreakerOptions = {}) {
  const clock = new ManualClock();
  const changes: BreakerState[] = [];
  const breaker = new Breaker(clock, { ...options, onChange: (state) => changes.push(state) });
  const call = (outcome: Outcome) => {
    const pass = breaker.enter();
    if (pass !== undefined) breaker.settle(pass, outcome);
    return pass !== undefined;
  };
  const calls = (...outcomes: Outcome[]) => outcomes.map(call);
  return { clock, changes, breaker, call, calls };
}

test("three calls in a row that are not answered open it, whatever became of them", () => {
  const { breaker, calls } = setUp();
  calls("failed", "late");
  expect(breaker.state).toBe("closed");
  calls("failed");
  expect(breaker.state).toBe("open");
  expect(breaker.enter()).toBeUndefined();
});

test("an answer ends a row of failures", () => {
  const { breaker, calls } = setUp();
  for (let round = 0; round < 50; round++) calls("failed", "failed", "answered");
  expect(breaker.state).toBe("closed");
});

test("how many failures it takes is an option", () => {
  const { breaker, calls } = setUp({ failures: 1 });
  calls("failed");
  expect(breaker.state).toBe("open");
});

test("nobody to ask opens it at once, and for a tenth of a second only, as often as it happens", () => {
  const { clock, breaker, call, calls } = setUp();
  calls("answered", "not-connected");
  for (let n = 0; n < 5; n++) {
    expect(breaker.state).toBe("open");
    clock.advance(99);
    expect(call("not-connected")).toBe(false);
    clock.advance(1);
    expect(call("not-connected")).toBe(true);
  }
});

test("one stall counts once, however many calls it holds up", () => {
  const { breaker, call } = setUp();
  const stall = () => {
    const held = Array.from({ length: 64 }, () => breaker.enter()!);
    for (const pass of held) breaker.settle(pass, "late");
  };
  for (let n = 0; n < 20; n++) {
    stall();
    for (let m = 0; m < 64; m++) call("answered");
  }
  expect(breaker.state).toBe("closed");
  for (let n = 0; n < 3; n++) stall();
  expect(breaker.state).toBe("open");
});

test("one slow reply in a hundred never opens it, nor one in four", () => {
  const { breaker, call } = setUp();
  for (let n = 0; n < 1_000; n++) call(n % 100 === 0 ? "late" : "answered");
  for (let n = 0; n < 1_000; n++) call(n % 4 === 0 ? "late" : "answered");
  expect(breaker.state).toBe("closed");
});

test("every second call late opens it, once there are ten", () => {
  const { breaker, calls } = setUp();
  for (let round = 0; round < 4; round++) calls("answered", "late");
  calls("answered");
  expect(breaker.state).toBe("closed");
  calls("late");
  expect(breaker.state).toBe("open");
});

test("only the last twenty calls count as slow or not", () => {
  const { breaker, calls } = setUp();
  for (let n = 0; n < 4; n++) calls("late", "answered", "answered");
  for (let n = 0; n < 40; n++) calls("answered");
  for (let n = 0; n < 9; n++) calls("late", "answered");
  expect(breaker.state).toBe("closed");
  calls("late");
  expect(breaker.state).toBe("open");
});

test("failures that come at once are not slow: every second of them does not open it", () => {
  const { breaker, calls } = setUp();
  for (let round = 0; round < 50; round++) calls("failed", "answered");
  expect(breaker.state).toBe("closed");
});

test("it stays open for its time, then lets exactly one of fifty through, until that one settles", () => {
  const { clock, breaker, calls, changes } = setUp();
  calls("failed", "failed", "failed");
  clock.advance(999);
  expect(breaker.enter()).toBeUndefined();
  clock.advance(1);
  const passes = Array.from({ length: 50 }, () => breaker.enter());
  expect(passes.filter((pass) => pass !== undefined)).toHaveLength(1);
  expect(breaker.state).toBe("half-open");
  clock.advance(60_000);
  expect(breaker.enter()).toBeUndefined();
  breaker.settle(passes[0]!, "answered");
  expect(breaker.state).toBe("closed");
  expect(breaker.enter()).toBeDefined();
  expect(changes).toEqual(["open", "half-open", "closed"]);
});

test.each<[Outcome]>([["late"], ["failed"]])("a probe that is %s opens it again, for twice as long, up to four times", (outcome) => {
  const { clock, call, calls } = setUp();
  calls("failed", "failed", "failed");
  for (const waitMs of [1_000, 2_000, 4_000, 4_000]) {
    clock.advance(waitMs - 1);
    expect(call(outcome)).toBe(false);
    clock.advance(1);
    expect(call(outcome)).toBe(true);
  }
});

test("a probe that is answered resets everything: failures, slowness and the time it stays open", () => {
  const { clock, breaker, call, calls } = setUp({ retryAfterMs: 100 });
  for (let round = 0; round < 5; round++) calls("answered", "late");
  expect(breaker.state).toBe("open");
  clock.advance(100);
  calls("late");
  clock.advance(200);
  calls("answered", "failed", "late");
  expect(breaker.state).toBe("closed");
  calls("failed");
  expect(breaker.state).toBe("open");
  clock.advance(99);
  expect(call("answered")).toBe(false);
  clock.advance(1);
  expect(call("answered")).toBe(true);
});

test("a probe that finds the store connected but silent opens it for the usual time", () => {
  const { clock, call, calls } = setUp();
  calls("not-connected");
  clock.advance(100);
  calls("late");
  clock.advance(999);
  expect(call("answered")).toBe(false);
  clock.advance(1);
  expect(call("answered")).toBe(true);
});

test("a call that passed in an earlier state says nothing of this one", () => {
  const { clock, breaker, calls } = setUp();
  const slow = [breaker.enter()!, breaker.enter()!];
  calls("failed", "failed", "failed");
  breaker.settle(slow[0]!, "answered");
  expect(breaker.state).toBe("open");
  clock.advance(1_000);
  const probe = breaker.enter()!;
  breaker.settle(slow[1]!, "answered");
  breaker.settle(slow[1]!, "failed");
  expect(breaker.state).toBe("half-open");
  breaker.settle(probe, "answered");
  for (let n = 0; n < 3; n++) breaker.settle(probe, "failed");
  expect(breaker.state).toBe("closed");
});

test("it sets no alarm", () => {
  const { clock, calls } = setUp();
  calls("not-connected");
  expect(clock.alarms).toBe(0);
});

test.each<[BreakerOptions]>([[{ failures: 0 }], [{ failures: Number.NaN }], [{ retryAfterMs: 0 }], [{ retryAfterMs: Number.NaN }]])(
  "%o is refused",
  (options) => {
    expect(() => new Breaker(new ManualClock(), options)).toThrow(expect.objectContaining({ code: "option-invalid" }));
  },
);

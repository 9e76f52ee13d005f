import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ManualClock } from "../src/clock.ts";
import { NotConnectedError } from "../src/errors.ts";
import { Guard } from "../src/guard.ts";
import { deferred, settled } from "./support/deferred.ts";

const unhandled = vi.fn();
beforeEach(() => {
  unhandled.mockClear();
  process.on("unhandledRejection", unhandled);
});
afterEach(async () => {
  await settled();
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

function setUp(deadlineMs?: number) {
  const clock = new ManualClock();
  const guard = new Guard({ clock, ...(deadlineMs !== undefined && { deadlineMs }) });
  return { clock, guard };
}
const counts = ({ calls, failures, lates, refused }: Guard) => ({ calls, failures, lates, refused });
const unavailable = (reason: string) => expect.objectContaining({ code: "shared-tier-unavailable", reason });
const never = () => new Promise<never>(() => {});

test("an answer in time is passed on, whatever it is", async () => {
  const { guard, clock } = setUp();
  for (const value of ["value", undefined, null, 0]) expect(await guard.run(async () => value)).toBe(value);
  expect(counts(guard)).toEqual({ calls: 4, failures: 0, lates: 0, refused: 0 });
  clock.advance(50);
  expect(clock.alarms).toBe(0);
});

test("a call that does not settle is late at the deadline, and not before", async () => {
  const { guard, clock } = setUp();
  const outcome = vi.fn();
  guard.run(never).catch(outcome);
  clock.advance(49);
  await settled();
  expect(outcome).not.toHaveBeenCalled();
  clock.advance(1);
  await settled();
  expect(outcome).toHaveBeenCalledExactlyOnceWith(unavailable("late"));
  expect(counts(guard)).toEqual({ calls: 1, failures: 0, lates: 1, refused: 0 });
});

test("the deadline is the guard's, or the call's own", async () => {
  const { guard, clock } = setUp(10);
  const late: string[] = [];
  guard.run(never).catch(() => late.push("guard's"));
  guard.run(never, 30).catch(() => late.push("longer"));
  guard.run(never, 5).catch(() => late.push("shorter"));
  for (const [ms, expected] of [
    [5, ["shorter"]],
    [5, ["shorter", "guard's"]],
    [19, ["shorter", "guard's"]],
    [1, ["shorter", "guard's", "longer"]],
  ] as const) {
    clock.advance(ms);
    await settled();
    expect(late).toEqual(expected);
  }
});

test("what a call settles to after its deadline reaches nobody and counts for nothing", async () => {
  const { guard, clock } = setUp();
  const answer = deferred<string>();
  const failure = deferred<string>();
  const refusals = Promise.all(
    [answer, failure].map(({ promise }) => expect(guard.run(() => promise)).rejects.toEqual(unavailable("late"))),
  );
  clock.advance(50);
  await refusals;
  answer.resolve("too late");
  failure.reject(new Error("too late"));
  await settled();
  expect(counts(guard)).toEqual({ calls: 2, failures: 0, lates: 2, refused: 0 });
  expect(guard.breaker.state).toBe("closed");
});

test("a failure is passed on as the cause, also one that is thrown before there is a promise", async () => {
  const { guard } = setUp();
  const failure = new Error("READONLY");
  const thrown = new Error("at once");
  await expect(guard.run(() => Promise.reject(failure))).rejects.toMatchObject({ reason: "failed", cause: failure });
  const throws = () => {
    throw thrown;
  };
  await expect(guard.run(throws)).rejects.toMatchObject({ reason: "failed", cause: thrown });
  expect(counts(guard)).toEqual({ calls: 2, failures: 2, lates: 0, refused: 0 });
});

test("a store that hangs costs each caller a deadline until three have paid it, and then nobody", async () => {
  const { guard, clock } = setUp();
  for (let n = 0; n < 3; n++) {
    const refusal = expect(guard.run(never)).rejects.toEqual(unavailable("late"));
    clock.advance(50);
    await refusal;
  }
  const ask = vi.fn(never);
  await expect(guard.run(ask)).rejects.toEqual(unavailable("open"));
  expect(ask).not.toHaveBeenCalled();
  expect(counts(guard)).toEqual({ calls: 3, failures: 0, lates: 3, refused: 1 });
});

test("without a connection the second call is refused at once", async () => {
  const { guard } = setUp();
  await expect(guard.run(() => Promise.reject(new NotConnectedError("Redis")))).rejects.toMatchObject({
    reason: "failed",
    cause: { code: "not-connected" },
  });
  await expect(guard.run(async () => "never asked")).rejects.toEqual(unavailable("open"));
});

test("ninety-nine fast replies and a slow one, again and again, leave it closed", async () => {
  const { guard, clock } = setUp();
  for (let n = 0; n < 500; n++) {
    if (n % 100 === 50) {
      const refusal = expect(guard.run(never)).rejects.toEqual(unavailable("late"));
      clock.advance(50);
      await refusal;
    } else await guard.run(async () => n);
  }
  expect(guard.breaker.state).toBe("closed");
  expect(counts(guard)).toEqual({ calls: 500, failures: 0, lates: 5, refused: 0 });
});

test("when its time is over one of fifty callers asks the store, and once that is answered all do", async () => {
  const { guard, clock } = setUp();
  await guard.run(() => Promise.reject(new NotConnectedError("Redis"))).catch(() => {});
  clock.advance(1_000);
  const answer = deferred<string>();
  const ask = vi.fn(() => answer.promise);
  const callers = Array.from({ length: 50 }, () => guard.run(ask));
  const outcomes = Promise.allSettled(callers);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(guard.breaker.state).toBe("half-open");
  answer.resolve("back");
  const [probe, ...others] = await outcomes;
  expect(probe).toEqual({ status: "fulfilled", value: "back" });
  expect(new Set(others)).toEqual(new Set(others.map(() => ({ status: "rejected", reason: unavailable("open") }))));
  expect(guard.breaker.state).toBe("closed");
  await Promise.all(Array.from({ length: 50 }, () => guard.run(ask)));
  expect(ask).toHaveBeenCalledTimes(51);
});

test("a probe that hangs opens it again at its deadline", async () => {
  const { guard, clock } = setUp();
  await guard.run(() => Promise.reject(new NotConnectedError("Redis"))).catch(() => {});
  clock.advance(1_000);
  const probe = expect(guard.run(never)).rejects.toEqual(unavailable("late"));
  clock.advance(50);
  await probe;
  expect(guard.breaker.state).toBe("open");
  clock.advance(999);
  await expect(guard.run(async () => 1)).rejects.toEqual(unavailable("open"));
  clock.advance(1);
  expect(await guard.run(async () => 1)).toBe(1);
});

test("closing refuses what is under way and what comes later, says why, and leaves no alarm", async () => {
  const { guard, clock } = setUp();
  const underWay = expect(guard.run(never)).rejects.toEqual(unavailable("closed"));
  guard.close();
  await underWay;
  await expect(guard.run(async () => 1)).rejects.toEqual(unavailable("closed"));
  expect(clock.alarms).toBe(0);
  expect(counts(guard)).toEqual({ calls: 1, failures: 0, lates: 0, refused: 0 });
});

test.each([[0], [-1], [Number.NaN]])("a deadline of %d ms is refused", (deadlineMs) => {
  expect(() => setUp(deadlineMs)).toThrow(expect.objectContaining({ code: "option-invalid" }));
});

import { AssertionError } from "node:assert/strict";
import { inspect, isDeepStrictEqual } from "node:util";
import { type Clock, systemClock, within } from "../../clock.ts";
import { type Closable, Room, type RoomOptions } from "./room.ts";

/** One promise of an interface, and the proof that an implementation keeps it. */
export interface ContractCase {
  /** The promise. */
  readonly name: string;
  /**
   * Rejects with an `AssertionError` that says what was expected; its `cause` is what the implementation itself rejected with,
   * if it did. Cases are independent: each has a namespace of its own, in which it leaves what it wrote.
   */
  run(): Promise<void>;
}

/** Registers cases with a test runner: `runCases(cases, test)`, with the `test` of vitest or of `node:test`. */
export function runCases(cases: readonly ContractCase[], test: (name: string, run: () => Promise<void>) => unknown): void {
  for (const each of cases) test(each.name, () => each.run());
}

/** What every contract must be told: how to connect to what it proves. */
export interface ContractOptions<C extends Closable> extends RoomOptions<C> {
  /** How long one case may take, in milliseconds of real time. Default 30,000. */
  readonly timeoutMs?: number;
}

/** The promises of one interface, each with what proves it. */
export type Proofs<C extends Closable> = Readonly<Record<string, (room: Room<C>) => Promise<void>>>;

/** Unlike the system's clock it keeps the process alive: a script must get to know which case hangs. */
const clock: Clock = {
  now: () => systemClock.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** @param probe rejects while a connection is not ready */
export function contractCases<C extends Closable>(
  options: ContractOptions<C>,
  probe: (connection: C) => Promise<unknown>,
  proofs: Proofs<C>,
): readonly ContractCase[] {
  const { timeoutMs = 30_000 } = options;
  const inTime = (what: string, work: Promise<void>) =>
    within(clock, timeoutMs, work, () => new AssertionError({ message: `Expected ${what} to settle within ${timeoutMs} ms.` }));
  return Object.entries(proofs).map(([name, prove]) => ({
    name,
    async run() {
      const room = new Room(options, probe);
      try {
        await inTime(
          "every call",
          room.enter().then(() => prove(room)),
        );
      } catch (error) {
        if (error instanceof AssertionError) throw error;
        throw Object.assign(new AssertionError({ message: `Expected no call to be rejected, but one was: ${error}` }), { cause: error });
      } finally {
        await inTime("close", room.close());
      }
    },
  }));
}

/** As `assert.deepEqual`, but says what it is that should be equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const show = (value: unknown) => inspect(value, { depth: 5, maxStringLength: 200, maxArrayLength: 20 });
  const message = `Expected ${what} to be ${show(expected)}, not ${show(actual)}.`;
  throw new AssertionError({ message, actual, expected, operator: "deepStrictEqual", stackStartFn: expectEqual });
}

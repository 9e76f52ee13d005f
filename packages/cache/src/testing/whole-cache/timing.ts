import { setTimeout as sleep } from "node:timers/promises";
import { check, fail } from "./verdict.ts";

/** What a busy machine may add to a bound that a cache promises. */
export const MARGIN_MS = 250;

const POLL_MS = 5;

/** Lets a time to live pass. Never to wait for something to happen: that is `until`. */
export const pass = (ms: number): Promise<void> => sleep(ms);

/** What the promise resolves to; the case has failed if that takes longer than the bound and the margin. */
export async function within<T>(boundMs: number, what: string, promise: Promise<T>): Promise<T> {
  const begunAt = performance.now();
  const value = await settledBefore(boundMs + MARGIN_MS + GIVE_UP_MS, what, promise);
  const tookMs = performance.now() - begunAt;
  check(tookMs <= boundMs + MARGIN_MS, () => `${what} took ${Math.round(tookMs)} ms, with ${boundMs} ms allowed`);
  return value;
}

/** Waiting goes on a little beyond the bound, so that a failure can say how long it took. */
const GIVE_UP_MS = 2_000;

async function settledBefore<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: over.signal }).then(
    () => fail(`${what} had no answer after ${Math.round(limitMs / 100) / 10} s`),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([promise, limit]);
  } finally {
    over.abort();
  }
}

/** Waits until `condition` holds; the case has failed if it does not within the bound and the margin. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  boundMs: number,
  otherwise: string | (() => string),
): Promise<void> {
  const begunAt = performance.now();
  while (!(await condition())) {
    check(performance.now() - begunAt <= boundMs + MARGIN_MS, otherwise);
    await sleep(POLL_MS);
  }
}

/** Calls `read` until it resolves to `expected`; failing says what it got for how long. */
export async function becomes(who: string, read: () => Promise<unknown>, expected: unknown, boundMs: number): Promise<void> {
  let last: unknown;
  const seen = () => `${who} still got ${JSON.stringify(last)} ${boundMs} ms later`;
  await until(
    async () => {
      last = await read();
      return last === expected;
    },
    boundMs,
    seen,
  );
}

import type { SharedTier } from "../../shared-tier.ts";
import { type CallTrouble, type Misbehaving, type MisbehavingOptions, NO_CALL_TROUBLE, Trouble } from "./trouble.ts";

/** What can go wrong with a shared tier, for each key that is asked for. */
export interface SharedTierTrouble extends CallTrouble {
  /** Answers that nothing is held, as after an eviction. */
  readonly forgets: number;
  /** Answers bytes that nobody wrote, a part of those that are held, or those of another key. */
  readonly answersGarbage: number;
  /** Answers any frame that was ever given to it for that key, also if it was refused, replaced, deleted or is over. */
  readonly answersAnyEverWritten: number;
}

const NO_TROUBLE: SharedTierTrouble = { ...NO_CALL_TROUBLE, forgets: 0, answersGarbage: 0, answersAnyEverWritten: 0 };

/** A shared tier that can be told to go wrong. */
export type MisbehavingSharedTier = SharedTier & Misbehaving<SharedTierTrouble>;

/** Every frame that was ever given to a store, by key. It only grows. */
export type WrittenFrames = Map<string, Uint8Array[]>;

/**
 * A tier that goes wrong in the ways it is told to.
 *
 * @param written what was given to the store, to be shared by all that stand before the same one
 */
export function misbehavingSharedTier(
  tier: SharedTier,
  options?: MisbehavingOptions,
  written: WrittenFrames = new Map(),
): MisbehavingSharedTier {
  const trouble = new Trouble(NO_TROUBLE, options);
  const { random } = trouble;
  const pick = <T>(items: readonly T[]): T | undefined => items[random.below(items.length)];

  const garbage = (held: Uint8Array | undefined): Uint8Array | undefined => {
    const kind = random.below(3);
    if (kind === 0) return Uint8Array.from({ length: random.below(64) }, () => random.below(256));
    return kind === 1 ? held?.subarray(0, random.below(held.length)) : pick(pick([...written.values()]) ?? []);
  };
  const answer = (key: string, held: Uint8Array | undefined): Uint8Array | undefined => {
    if (trouble.happens("forgets")) return undefined;
    if (trouble.happens("answersGarbage")) return garbage(held);
    if (trouble.happens("answersAnyEverWritten")) return pick(written.get(key) ?? []);
    return held;
  };
  return {
    get: (keys) => trouble.call(async () => (await tier.get(keys)).map((held, index) => answer(keys[index]!, held))),
    set(key, frame, ttlMs) {
      const frames = written.get(key) ?? [];
      frames.push(new Uint8Array(frame));
      written.set(key, frames);
      return trouble.call(() => tier.set(key, frame, ttlMs));
    },
    delete: (keys) => trouble.call(() => tier.delete(keys)),
    lock: (key, token, ttlMs) => trouble.call(() => tier.lock(key, token, ttlMs)),
    unlock: (key, token) => trouble.call(() => tier.unlock(key, token)),
    clear: () => trouble.call(() => tier.clear()),
    now: () => tier.now(),
    misbehave: (what) => trouble.misbehave(what),
  };
}

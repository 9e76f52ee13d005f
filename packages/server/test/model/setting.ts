import type { Mutant } from "./mutants.ts";
import type { Budget } from "./state.ts";

/** What a configuration of the model has, and how much may happen in it. */
export interface Setting {
  /** Either all of them serve readers and are alike, or the first alone does; the others edit, poll and acknowledge. */
  readonly workers: number;
  readonly serving: number;
  /** Whether a reader is watched who finds nothing current. What is served from memory is judged in any case. */
  readonly reader: boolean;
  /** The trip of each key: two keys of one trip are its structure and a path of it, say. */
  readonly keys: readonly number[];
  /** Whether there is a second tier, which may answer with whatever was ever true, or not. */
  readonly secondTier: boolean;
  /** Whether pages are made of what key 0 brings, and kept. */
  readonly pages: boolean;
  /** Loads under way in one worker at a time. */
  readonly flights: number;
  /** Whether workers may forget what they know of trips of which they hold nothing. */
  readonly sweeps: boolean;
  /** Whether the order of what a worker serves is watched: G5. It makes for more states. */
  readonly order: boolean;
  /** A backup from before the beginning: under another epoch if it `isOlder`, and when so many of the workers, the last, were registered. */
  readonly backup?: { readonly registered: number; readonly isOlder?: boolean };
  /** Whether there was a change before the beginning that all acknowledged, and that was lost when a backup was put back. */
  readonly lostChange?: boolean;
  readonly budget: Budget;
  /** The mistake that is made. */
  readonly mutant?: Mutant;
}

export function tripCount({ keys }: Setting): number {
  return Math.max(...keys) + 1;
}

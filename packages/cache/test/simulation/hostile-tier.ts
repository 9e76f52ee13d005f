import { isOlder } from "../../src/frame.ts";
import type { Clock, SharedTier } from "../../src/index.ts";
import type { Random } from "./random.ts";
import type { Lane, Scheduler } from "./scheduler.ts";

interface Kept {
  readonly frame: Uint8Array;
  readonly until: number;
}

interface Lock {
  readonly token: string;
  readonly until: number;
}

/** What this tier's own clock says when the simulation's says 0. */
const TIME_OF_DAY_MS = 1_000_000;

/**
 * A second tier that nobody should believe: what it is asked to do may be late, lost or done all the same, and what it answers
 * may be anything that was ever written for the key, another key's, half of it, garbage or nothing.
 */
export class HostileTier implements SharedTier {
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #lane: Lane;
  /** How likely an answer is made up. */
  readonly #lying: number;
  #kept = new Map<string, Kept>();
  readonly #everWritten = new Map<string, Uint8Array[]>();
  readonly #locks = new Map<string, Lock>();

  constructor(random: Random, scheduler: Scheduler, clock: Clock, lane: Lane, lying: number) {
    this.#random = random;
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#lane = lane;
    this.#lying = lying;
  }

  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#request(() => keys.map((key) => (this.#random.chance(this.#lying) ? this.#makeUp(key) : this.#find(key))));
  }

  set(key: string, frame: Uint8Array, ttlMs: number): Promise<boolean> {
    return this.#request(() => {
      this.#written(key).push(frame);
      const held = this.#find(key);
      if (held !== undefined && isOlder(frame, held) && !this.#random.chance(this.#lying)) return false;
      this.#kept.set(key, { frame, until: this.#clock.now() + ttlMs });
      return true;
    });
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#request(() => {
      for (const key of keys) this.#kept.delete(key);
    });
  }

  lock(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#request(() => {
      const holder = this.#locks.get(key);
      if (holder !== undefined && holder.token !== token && this.#clock.now() < holder.until) return this.#random.chance(this.#lying);
      this.#locks.set(key, { token, until: this.#clock.now() + ttlMs });
      return true;
    });
  }

  unlock(key: string, token: string): Promise<void> {
    return this.#request(() => {
      if (this.#locks.get(key)?.token === token) this.#locks.delete(key);
    });
  }

  clear(): Promise<number> {
    return this.#request(() => {
      this.forgetAll();
      return 0;
    });
  }

  /** Also the time is not always known. */
  now(): number | undefined {
    return this.#random.chance(this.#lane.failing / 2) ? undefined : TIME_OF_DAY_MS + this.#clock.now();
  }

  forgetAll(): void {
    this.#kept.clear();
    this.#locks.clear();
  }

  dump(): ReadonlyMap<string, Kept> {
    return new Map(this.#kept);
  }

  restore(dump: ReadonlyMap<string, Kept>): void {
    this.#kept = new Map(dump);
  }

  #request<T>(look: () => T): Promise<T> {
    return this.#scheduler.request(look, this.#lane);
  }

  #find(key: string): Uint8Array | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && this.#clock.now() < kept.until ? kept.frame : undefined;
  }

  /** Bytes that somebody wrote are never changed, only mixed up or cut off: a store's memory and the wire are trusted that far. */
  #makeUp(key: string): Uint8Array | undefined {
    const kind = this.#random.weighted({ old: 8, another: 1, half: 1, garbage: 1, nothing: 1 });
    if (kind === "nothing") return undefined;
    if (kind === "garbage") return Uint8Array.from({ length: this.#random.below(80) }, () => this.#random.below(256));
    const written = kind === "another" ? this.#written(this.#random.pick([key, ...this.#everWritten.keys()])) : this.#written(key);
    if (written.length === 0) return undefined;
    const frame = this.#random.pick(written);
    return kind === "half" ? frame.subarray(0, this.#random.below(frame.length)) : frame;
  }

  #written(key: string): Uint8Array[] {
    const written = this.#everWritten.get(key) ?? [];
    this.#everWritten.set(key, written);
    return written;
  }
}

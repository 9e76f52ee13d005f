import type { Clock } from "../../clock.ts";
import { isOlder } from "../../frame.ts";
import type { SharedTier } from "../../shared-tier.ts";

/** Something with an end. */
interface Lasting<T> {
  readonly value: T;
  readonly expiresAt: number;
}

/** A `SharedTier` in this process's memory. It copies what it takes and what it gives, as a store elsewhere would; it evicts nothing. */
export class MemorySharedTier implements SharedTier {
  readonly #clock: Clock;
  readonly #frames = new Map<string, Lasting<Uint8Array>>();
  readonly #locks = new Map<string, Lasting<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => {
      const held = this.#find(this.#frames, key);
      return held === undefined ? undefined : new Uint8Array(held);
    });
  }

  async set(key: string, frame: Uint8Array, ttlMs: number): Promise<boolean> {
    const held = this.#find(this.#frames, key);
    if (held !== undefined && isOlder(frame, held)) return false;
    this.#frames.set(key, { value: new Uint8Array(frame), expiresAt: this.#clock.now() + ttlMs });
    return true;
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#frames.delete(key);
  }

  async lock(key: string, token: string, ttlMs: number): Promise<boolean> {
    const holder = this.#find(this.#locks, key);
    if (holder !== undefined && holder !== token) return false;
    this.#locks.set(key, { value: token, expiresAt: this.#clock.now() + ttlMs });
    return true;
  }

  async unlock(key: string, token: string): Promise<void> {
    if (this.#find(this.#locks, key) === token) this.#locks.delete(key);
  }

  async clear(prefix = ""): Promise<number> {
    const keys = [...this.#frames.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) this.#frames.delete(key);
    const locks = prefix === "" ? this.#locks.size : 0;
    if (prefix === "") this.#locks.clear();
    return keys.length + locks;
  }

  now(): number {
    return this.#clock.now();
  }

  #find<T>(map: Map<string, Lasting<T>>, key: string): T | undefined {
    const found = map.get(key);
    if (found === undefined || this.#clock.now() < found.expiresAt) return found?.value;
    map.delete(key);
    return undefined;
  }
}

import { Clearance } from "./clearance.ts";
import type { Clock } from "./clock.ts";
import type { Codec } from "./codec.ts";
import { type Entry, type Lifetime, NEVER_RETRIED } from "./entry.ts";
import type { SharedTierUnavailableError } from "./errors.ts";
import { decodeFrame, encodeFrame, type Frame } from "./frame.ts";
import { Gathering } from "./gathering.ts";
import type { Guard } from "./guard.ts";
import type { FullPolicy } from "./policy.ts";
import type { SharedTier } from "./shared-tier.ts";
import type { SharedReadOutcome, SharedStats, SharedWriteOutcome } from "./stats.ts";

export interface SharedParts {
  readonly tier: SharedTier;
  /** Reads and writes are guarded apart: a store whose disk is full refuses each write, and answers each read. */
  readonly readGuard: Guard;
  readonly writeGuard: Guard;
  readonly codec: Codec;
  readonly maxValueBytes: number;
  /** The cache's clock, which entries live by; frames live by the tier's. */
  readonly clock: Clock;
  readonly random: () => number;
}

/** Where a value goes with its frame: what `Entry` does not say. */
export interface Shipping<T> {
  readonly key: string;
  /** `Knowledge.history` at the moment the entry was admitted. */
  readonly history: string;
  readonly stamp: string;
  readonly policy: FullPolicy<T>;
}

/**
 * So many single reads share a command, most of whose costs are paid once. Not more, as all of its answer must come in time for
 * any of it to be of use.
 */
const MOST_TOGETHER = 16;

/**
 * The second tier as the read path sees it: it gives frames or nothing, in bounded time, and never rejects. Whatever is wrong
 * with the tier, or with what it holds, is a counted miss.
 */
export class Shared {
  readonly #parts: SharedParts;
  readonly #reads: Record<SharedReadOutcome, number> = {
    accepted: 0,
    over: 0,
    refused: 0,
    missing: 0,
    garbage: 0,
    late: 0,
    unavailable: 0,
  };
  readonly #writes: Record<SharedWriteOutcome, number> = { kept: 0, superseded: 0, tooLarge: 0, unencodable: 0, unavailable: 0 };
  readonly #asked = new Gathering<Frame | undefined>((keys) => this.findMany(keys), MOST_TOGETHER);
  readonly clearance: Clearance;
  /** What is on its way there. */
  readonly #writing = new Set<Promise<boolean>>();
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(parts: SharedParts) {
    this.#parts = parts;
    this.clearance = new Clearance(() => this.#clear(), parts.clock);
  }

  /** Whether the tier has been heard since this process began. */
  get connected(): boolean {
    return this.#parts.tier.now() !== undefined;
  }

  stats(): SharedStats {
    const { readGuard, writeGuard } = this.#parts;
    return {
      breaker: readGuard.breaker.state,
      writeBreaker: writeGuard.breaker.state,
      reads: { ...this.#reads },
      writes: { ...this.#writes },
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
    };
  }

  /** For what came of a frame that was found. */
  count(outcome: "accepted" | "over" | "refused" | "garbage"): void {
    this.#reads[outcome]++;
  }

  /** What is held for a key, as far as it can be read. Those who ask in the same turn ask together. */
  find(key: string): Promise<Frame | undefined> {
    const found = this.#asked.ask(key, undefined);
    this.#asked.send();
    return found;
  }

  /** The same for each key, in their order. One round trip. */
  async findMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    const { tier, readGuard } = this.#parts;
    if (!this.clearance.isGiven()) {
      this.#reads.unavailable += keys.length;
      return keys.map(() => undefined);
    }
    let found: readonly (Uint8Array | undefined)[];
    try {
      found = await readGuard.run(() => tier.get(keys));
    } catch (error) {
      this.#reads[(error as SharedTierUnavailableError).reason === "late" ? "late" : "unavailable"] += keys.length;
      return keys.map(() => undefined);
    }
    return keys.map((key, index) => this.#read(found[index], key));
  }

  /** As `find` for one key, without counting. */
  async peek(key: string): Promise<Frame | undefined> {
    if (!this.clearance.isGiven()) return undefined;
    const { tier, readGuard } = this.#parts;
    const [bytes] = await readGuard.run(() => tier.get([key])).catch(() => []);
    return bytes === undefined ? undefined : decodeFrame(bytes, key);
  }

  /** @throws whatever the codec throws: bytes from a store are untrusted input */
  decode<T>(frame: Frame, { codec = this.#parts.codec as Codec<T> }: FullPolicy<T>): T {
    if (frame.codec !== codec.id) throw new Error(`The payload is of the codec "${frame.codec}", not "${codec.id}".`);
    return codec.decode(frame.payload);
  }

  /** A frame's life on the cache's clock; what remains of it, and never more than the policy gives. `undefined`: it cannot be told. */
  lifeOf<T>(frame: Frame, ttlMs: number, { staleWhileRevalidateMs, graceMs }: FullPolicy<T>): Lifetime | undefined {
    const tierNow = this.#parts.tier.now();
    if (tierNow === undefined) return undefined;
    const now = this.#parts.clock.now();
    const here = (instant: number) => now + (instant - tierNow);
    const expiresAt = Math.min(here(frame.expiresAt), now + ttlMs);
    return {
      loadedAt: now,
      refreshAt: Number.POSITIVE_INFINITY,
      expiresAt,
      staleUntil: Math.min(here(frame.staleUntil), expiresAt + staleWhileRevalidateMs),
      graceUntil: graceMs === 0 ? Number.NEGATIVE_INFINITY : Math.min(here(frame.graceUntil), expiresAt + graceMs),
      retryAt: NEVER_RETRIED,
    };
  }

  /** Puts an entry in. Resolves to whether the tier holds it now. */
  keep<T>(entry: Entry<T>, shipping: Shipping<T>): Promise<boolean> {
    const writing = this.#keep(entry, shipping).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    return writing;
  }

  /** Resolves to whether the tier could be told. */
  async drop(keys: readonly string[]): Promise<boolean> {
    const { tier, writeGuard } = this.#parts;
    try {
      await writeGuard.run(() => tier.delete(keys));
      return true;
    } catch {
      return false;
    }
  }

  async lock(key: string, token: string, ttlMs: number): Promise<boolean> {
    const { tier, writeGuard } = this.#parts;
    return writeGuard.run(() => tier.lock(key, token, ttlMs));
  }

  async unlock(key: string, token: string): Promise<void> {
    const { tier, writeGuard } = this.#parts;
    await writeGuard.run(() => tier.unlock(key, token));
  }

  async #keep<T>(entry: Entry<T>, shipping: Shipping<T>): Promise<boolean> {
    // Encoding takes time, and whoever waits for the value need not wait for that.
    await new Promise((resolve) => setImmediate(resolve));
    const outcome = await this.#put(entry, shipping).catch(() => "unavailable" as const);
    this.#writes[outcome]++;
    return outcome === "kept";
  }

  async #clear(): Promise<void> {
    // What was loaded before and is on its way there would arrive afterwards.
    await Promise.all(this.#writing);
    await this.#parts.tier.clear();
  }

  #read(bytes: Uint8Array | undefined, key: string): Frame | undefined {
    if (bytes === undefined) {
      this.#reads.missing++;
      return undefined;
    }
    this.#bytesRead += bytes.byteLength;
    const frame = decodeFrame(bytes, key);
    if (frame === undefined) this.#reads.garbage++;
    return frame;
  }

  async #put<T>(entry: Entry<T>, { key, history, stamp, policy }: Shipping<T>): Promise<SharedWriteOutcome> {
    const { tier, writeGuard, clock, maxValueBytes, random } = this.#parts;
    const tierNow = tier.now();
    if (tierNow === undefined) return "unavailable";
    const codec = policy.codec ?? (this.#parts.codec as Codec<T>);
    const { l2TtlMs, jitter, staleWhileRevalidateMs, graceMs } = policy;
    const lifeMs = l2TtlMs === undefined ? entry.expiresAt - clock.now() : l2TtlMs * (1 - jitter * random());
    const keepMs = lifeMs + Math.max(staleWhileRevalidateMs, graceMs);
    if (!(keepMs > 0)) return "superseded";
    let bytes: Uint8Array;
    try {
      const payload = codec.encode(entry.value);
      if (payload.byteLength > maxValueBytes) return "tooLarge";
      const { tag, tags, version } = entry;
      const expiresAt = tierNow + lifeMs;
      const life = { expiresAt, staleUntil: expiresAt + staleWhileRevalidateMs, graceUntil: expiresAt + graceMs };
      bytes = encodeFrame({ key, epoch: history, version, stamp, tag, tags, ...life, negative: false, codec: codec.id, payload });
    } catch {
      return "unencodable";
    }
    const kept = await writeGuard.run(() => tier.set(key, bytes, keepMs));
    this.#bytesWritten += bytes.byteLength;
    return kept ? "kept" : "superseded";
  }
}

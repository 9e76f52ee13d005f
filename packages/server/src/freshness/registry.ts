import { randomBytes } from "node:crypto";
import { type Clock, DEFAULT_LEASE_MS, systemClock } from "@qrcards/cache";
import type { Database } from "../db/database.ts";

/** How often a worker says that it is there, and looks after the rows of others. */
const BEAT_EVERY_MS = 5_000;

/** Who has said nothing for so long is taken for dead. Long, as a writer may wait some seconds for a lock. */
const SILENCE_LIMIT_MS = 30_000;

export interface RegistryOptions {
  /** Default: the process's monotonic clock. Silence is judged by it, so no wall clock has a say in who is alive. */
  readonly clock?: Clock;
  /** L, see `PollOptions.leaseMs`. Default 2,000. */
  readonly leaseMs?: number;
  /** Default 5,000. */
  readonly beatEveryMs?: number;
  /** Default 30,000. */
  readonly silenceLimitMs?: number;
  /** Wall clock in ms, for what people see in the rows: of it only matters that two signs of life differ. Default `Date.now`. */
  readonly now?: () => number;
}

/** What is known of another worker's row since this process first saw it so. */
interface Sighting {
  readonly seenAt: number;
  readonly removedAt: number | null;
  readonly since: number;
}

/**
 * The workers that may be serving from memory: a row each, in the database that all of them poll, so that whoever commits a
 * change and reads it afterwards knows everybody who may not have noticed.
 *
 * A worker registers before its first lease, and a poll that does not find its row, or finds it marked as removed, gives none.
 * A row that is marked still counts; it is deleted only after a lease can no longer be running, so a worker that was taken for
 * dead and was not is waited for or has stopped serving, one of the two. It comes back under another id.
 */
export class WorkerRegistry {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #beatEveryMs: number;
  readonly #silenceLimitMs: number;
  readonly #now: () => number;
  readonly #sightings = new Map<string, Sighting>();
  readonly #listeners = new Set<(id: string) => void>();
  /** Whose rows are still to be deleted. */
  readonly #gone = new Set<string>();
  #id: string | undefined;
  #cancelBeat: (() => void) | undefined;
  #beating: Promise<void> = Promise.resolve();
  #registering: Promise<void> | undefined;
  #left = false;

  constructor(database: Database, options: RegistryOptions = {}) {
    this.#database = database;
    this.#clock = options.clock ?? systemClock;
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    this.#beatEveryMs = options.beatEveryMs ?? BEAT_EVERY_MS;
    this.#silenceLimitMs = options.silenceLimitMs ?? SILENCE_LIMIT_MS;
    this.#now = options.now ?? Date.now;
  }

  /** Under which this process is registered; another one after each registration. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Calls the listener with the id of each registration from now on. */
  onRegistered(listener: (id: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Adds a row under a new id, which no process ever had, and keeps it alive from then on. Whoever calls meanwhile waits for the
   * same row: of two, edits would wait for the one that nobody acknowledges for until it is found silent.
   */
  register(): Promise<void> {
    this.#registering ??= this.#register().finally(() => {
      this.#registering = undefined;
    });
    return this.#registering;
  }

  /** Everybody whose row is there, marked or not, in a snapshot taken after the call. */
  async list(): Promise<readonly string[]> {
    const rows = await this.#database.db.selectFrom("workers").select("id").execute();
    return rows.map(({ id }) => id);
  }

  /**
   * Deletes rows of workers that are known to be gone: whoever started them has seen them end. Rejects if the database cannot be
   * asked; then it is tried again with each beat.
   */
  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#gone.add(id);
    const gone = [...this.#gone];
    if (gone.length === 0) return;
    await this.#database.writer.deleteFrom("workers").where("id", "in", gone).execute();
    for (const id of gone) this.#gone.delete(id);
  }

  /** Call it when this process serves nothing any more. Never rejects: a row that cannot be deleted now is silent from now on. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#cancelBeat?.();
    await this.#beating;
    await this.#registering?.catch(() => {});
    if (this.#id !== undefined) await this.forget([this.#id]).catch(() => {});
  }

  /** One round of what goes on every `beatEveryMs`: says that this worker is there, and looks after those who are silent. */
  async beat(): Promise<void> {
    if (this.#id !== undefined)
      await this.#database.writer.updateTable("workers").set({ seen_at: this.#now() }).where("id", "=", this.#id).execute();
    await this.forget([]);
    await this.#sweep();
  }

  async #register(): Promise<void> {
    const id = randomBytes(12).toString("base64url");
    await this.#database.writer.insertInto("workers").values({ id, seen_at: this.#now(), removed_at: null }).execute();
    this.#id = id;
    for (const listener of this.#listeners) listener(id);
    if (this.#cancelBeat === undefined && !this.#left) this.#plan();
  }

  #plan(): void {
    this.#cancelBeat = this.#clock.after(this.#beatEveryMs, () => {
      // A database that is away is asked again in the next round.
      this.#beating = this.beat().catch(() => {});
      void this.#beating.then(() => this.#left || this.#plan());
    });
  }

  /** The janitor. Each process has one: what two of them do, one does not undo. */
  async #sweep(): Promise<void> {
    const { db, writer } = this.#database;
    const rows = await db.selectFrom("workers").selectAll().execute();
    const now = this.#clock.now();
    for (const id of this.#sightings.keys()) if (!rows.some((row) => row.id === id)) this.#sightings.delete(id);
    for (const { id, seen_at: seenAt, removed_at: removedAt } of rows) {
      if (id === this.#id) continue;
      const sighting = this.#sightings.get(id);
      // By its value: a row that a restore revived, and somebody marked again, may have had a lease meanwhile.
      if (sighting === undefined || sighting.seenAt !== seenAt || sighting.removedAt !== removedAt) {
        this.#sightings.set(id, { seenAt, removedAt, since: now });
      } else if (removedAt !== null && now - sighting.since > this.#leaseMs) {
        await writer.deleteFrom("workers").where("id", "=", id).where("removed_at", "=", removedAt).execute();
      } else if (removedAt === null && now - sighting.since > this.#silenceLimitMs) {
        const mark = writer.updateTable("workers").set({ removed_at: this.#now() });
        await mark.where("id", "=", id).where("seen_at", "=", seenAt).execute();
      }
    }
  }
}

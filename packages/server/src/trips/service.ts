import { type Cache, type Policy, versioned } from "@qrcards/cache";
import type { Transaction } from "kysely";
import type { CacheConfig } from "../config-cache.ts";
import { type Database, settleVersion, transaction, unversionedTransaction } from "../db/database.ts";
import type { Schema } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import type { Visibility, Visible } from "../freshness/visibility.ts";
import { RENDERER, type RenderPool } from "../pages/renderer.ts";
import type { RenderedContent } from "../pages/types.ts";
import { contentHash } from "./content-hash.ts";
import { GRACE_MS, policyOf } from "./family-policy.ts";
import { CATALOG_TAG, LIBRARY_KEY, rootKey, structureKey, tripTag } from "./keys.ts";
import { Origins, type Source } from "./origins.ts";
import { findContent, findTripsBySlug, type LibraryTrip, listLibrary, type RootStay, saveRendered } from "./repository.ts";
import { Snapshot } from "./snapshot.ts";
import { structureCodec } from "./structure-codec.ts";
import type { StructureLoader } from "./structure-loader.ts";
import type { ContentHash, EditReceipt, TripId } from "./types.ts";

/** A body, hashed and rendered, ready to be stored by an edit. */
export interface PreparedBody {
  readonly hash: ContentHash;
  readonly body: string;
  readonly rendered: RenderedContent;
}

export const BODY_LIMIT_BYTES = 900 * 1024;

/** What the column holds: PostgreSQL answers a larger number with an error. */
const LARGEST_TRIP_ID = 2_147_483_647;

export interface TripServiceDeps {
  readonly database: Database;
  /** For structures. */
  readonly cache: Cache;
  /** For what the catalog versions. */
  readonly catalog: Cache;
  readonly visibility: Pick<Visibility, "everywhere">;
  /** How long what is kept where. */
  readonly config: { readonly cache: Pick<CacheConfig, "structures"> };
  readonly renderPool: RenderPool;
  readonly structures: Pick<StructureLoader, "load">;
  /** Wall clock in ms, for dates that people see. Default `Date.now`. */
  readonly now?: () => number;
}

/** A structure as the cache holds it, and what a page made from it must carry to be judged later. */
export interface CurrentSnapshot {
  readonly snapshot: Snapshot;
  readonly tag: string;
  readonly version: number;
  readonly generation: number;
  /** Where this reader had it from. */
  readonly source: Source;
}

/** What the start page and the sitemap index are made of, as `CurrentSnapshot`. */
export interface CurrentLibrary extends Omit<CurrentSnapshot, "snapshot"> {
  readonly trips: readonly LibraryTrip[];
}

/** Reads go through the cache, edits through one transaction each; both know nothing of HTTP. */
export class TripService {
  readonly database: Database;
  readonly #cache: Cache;
  readonly #catalog: Cache;
  readonly #visibility: Pick<Visibility, "everywhere">;
  readonly #structurePolicy: Policy<Snapshot | undefined>;
  readonly #renderPool: RenderPool;
  readonly #structures: Pick<StructureLoader, "load">;
  readonly #now: () => number;
  readonly #origins = new Origins();
  /** HTML that is being stored for later readers. */
  readonly #saving = new Set<Promise<void>>();

  constructor(deps: TripServiceDeps) {
    this.database = deps.database;
    this.#cache = deps.cache;
    this.#catalog = deps.catalog;
    this.#visibility = deps.visibility;
    this.#structurePolicy = {
      ...policyOf<Snapshot | undefined>("structure", deps.config.cache.structures),
      codec: { ...structureCodec, decode: (payload) => this.#origins.note(structureCodec.decode(payload), "redis") },
      sizeBytes: sizeOf,
    };
    this.#renderPool = deps.renderPool;
    this.#structures = deps.structures;
    this.#now = deps.now ?? Date.now;
  }

  // Reads

  /** The trips that answer to the first word of an address, the one that has it now first. Empty when none ever did. */
  async tripsAt(slug: string): Promise<readonly RootStay[]> {
    const trips = await this.#catalog.getOrLoad<readonly RootStay[] | undefined>(
      rootKey(slug),
      async () => {
        const { value, version, stamp, head } = await findTripsBySlug(this.database.db, slug);
        return versioned(value.length > 0 ? value : undefined, { tag: CATALOG_TAG, version, stamp, head });
      },
      { ...LONG_LIVED, family: "root" },
    );
    return trips ?? [];
  }

  /** @returns undefined when there is no such trip */
  async snapshot(tripId: TripId): Promise<CurrentSnapshot | undefined> {
    if (tripId > LARGEST_TRIP_ID) return undefined;
    const askedAt = this.#origins.tick();
    const entry = await this.#cache
      .getOrLoadEntry<Snapshot | undefined>(
        structureKey(tripId),
        async () => {
          const loaded = await this.#structures.load(tripId);
          // A trip is never removed from the database; asked for by number it may not exist yet, and that is not worth keeping.
          if (loaded === undefined) throw new QRCardsError("not-found", `There is no trip ${tripId}.`);
          const { bytes, version, stamp, head } = loaded;
          return versioned(this.#origins.note(new Snapshot(bytes), "database"), { tag: tripTag(tripId), version, stamp, head });
        },
        { ...this.#structurePolicy, versionTag: tripTag(tripId) },
      )
      .catch((error: unknown) => {
        if (error instanceof QRCardsError && error.code === "not-found") return undefined;
        throw error;
      });
    if (entry?.value === undefined) return undefined;
    const { value: snapshot, version, generation } = entry;
    return { snapshot, tag: tripTag(tripId), version, generation, source: this.#origins.of(snapshot, askedAt) };
  }

  /** Whether the structure is in memory and current. Counts as a read of it if so. */
  holds(tripId: TripId): boolean {
    return this.#cache.peek(structureKey(tripId)) !== undefined;
  }

  /** The public trips, by title. */
  async library(): Promise<CurrentLibrary> {
    const askedAt = this.#origins.tick();
    const entry = await this.#catalog.getOrLoadEntry<readonly LibraryTrip[]>(
      LIBRARY_KEY,
      async () => {
        const { value, ...reading } = await listLibrary(this.database.db, RENDERER);
        return versioned(this.#origins.note(value, "database"), { tag: CATALOG_TAG, ...reading });
      },
      { ...LONG_LIVED, family: "library" },
    );
    const { value: trips, version, generation } = entry;
    return { trips, tag: CATALOG_TAG, version, generation, source: this.#origins.of(trips, askedAt) };
  }

  /** HTML and Markdown of a content. HTML is made when an edit is saved; here only after the renderer has changed. */
  async content(hash: ContentHash): Promise<{ body: string; rendered: RenderedContent }> {
    const found = await findContent(this.database.db, hash, RENDERER);
    if (found === undefined) throw new QRCardsError("internal", "A page points to a content that is not there.");
    if (found.rendered !== undefined) return { body: found.body, rendered: found.rendered };
    const rendered = await this.#renderPool.render(found.body);
    if (!rendered.fallback) this.#saveLater({ hash, rendered });
    return { body: found.body, rendered };
  }

  /** The reader does not wait for the write lock. What cannot be stored now is made again for the next one. */
  #saveLater(content: { readonly hash: ContentHash; readonly rendered: RenderedContent }): void {
    const saving: Promise<void> = this.storeAhead((trx) => saveRendered(trx, RENDERER, [content]))
      .catch(() => {})
      .finally(() => this.#saving.delete(saving));
    this.#saving.add(saving);
  }

  // Edits

  /**
   * Hashes and renders a body before the transaction begins, so that no lock is held meanwhile.
   *
   * @throws QRCardsError `validation-failed`, `too-large`
   */
  async prepareBody(text: string): Promise<PreparedBody> {
    const body = normaliseBody(text);
    return { hash: contentHash(body), body, rendered: await this.#renderPool.render(body) };
  }

  /**
   * Stores what an edit is going to point to before that edit begins, so that its transaction is short. Contents, their
   * HTML and assets change no page by being there: no version rises.
   */
  async storeAhead(store: (trx: Transaction<Schema>, at: number) => Promise<void>): Promise<void> {
    await unversionedTransaction(this.database, (trx) => store(trx, this.#now()));
  }

  /**
   * Runs one edit: all of it or nothing. When this returns, no worker serves anything older any more, see `Visibility`.
   *
   * @param edit gets the transaction and the wall clock; `tripOf` names the trip it changed
   * @param conclude runs last in the same transaction, when the new version is known: for what is stored with the edit or not at all
   */
  async edit<T>(
    edit: (trx: Transaction<Schema>, at: number) => Promise<T>,
    tripOf: (result: T) => TripId,
    conclude?: (trx: Transaction<Schema>, result: T, receipt: EditReceipt) => Promise<void>,
  ): Promise<{ result: T; receipt: EditReceipt; visible: Visible }> {
    const { visible, ...done } = await this.commit(edit, tripOf, conclude);
    return { ...done, visible: await visible };
  }

  /** As `edit`, and returns when the edit is committed: `visible` resolves later, and never rejects. */
  async commit<T>(
    edit: (trx: Transaction<Schema>, at: number) => Promise<T>,
    tripOf: (result: T) => TripId,
    conclude?: (trx: Transaction<Schema>, result: T, receipt: EditReceipt) => Promise<void>,
  ): Promise<{ result: T; receipt: EditReceipt; visible: Promise<Visible> }> {
    const done = await transaction(this.database, async (trx) => {
      const result = await edit(trx, this.#now());
      await settleVersion(this.database, trx);
      const tripId = tripOf(result);
      const { version, stamp } = await trx
        .selectFrom("trips")
        .select(["version", "stamp"])
        .where("id", "=", tripId)
        .executeTakeFirstOrThrow();
      const receipt = { tripId, version, stamp };
      await conclude?.(trx, result, receipt);
      return { result, receipt };
    });
    const { version: seq, stamp } = done.receipt;
    return { ...done, visible: this.#visibility.everywhere({ seq, stamp }) };
  }

  /** Waits for what is still to be stored. */
  async close(): Promise<void> {
    await Promise.all(this.#saving);
  }
}

/** Versions decide when these are over, so time need not. */
const LONG_LIVED = { ttlMs: Number.POSITIVE_INFINITY, negativeTtlMs: 60_000, graceMs: GRACE_MS };

function sizeOf(snapshot: Snapshot | undefined): number {
  return snapshot?.sizeBytes ?? 0;
}

/** Line ends become LF, so that the same text has the same hash from every system. */
export function normaliseBody(text: string): string {
  const body = text.replace(/^\uFEFF+/, "").replace(/\r\n?/g, "\n");
  if (body.includes("\0") || !body.isWellFormed())
    throw new QRCardsError("validation-failed", "The text holds a NUL or a broken character.");
  if (Buffer.byteLength(body) > BODY_LIMIT_BYTES)
    throw new QRCardsError("too-large", `The text is larger than ${BODY_LIMIT_BYTES / 1024} KiB. Make it into several pages.`);
  return body;
}

/** Stores a prepared body; the same text is stored once. */
export async function storeBody(trx: Transaction<Schema>, prepared: PreparedBody, at: number): Promise<ContentHash> {
  await storeBodies(trx, [prepared], at);
  return prepared.hash;
}

/** As `storeBody`, for some hundred at once. */
export async function storeBodies(trx: Transaction<Schema>, unsorted: readonly PreparedBody[], at: number): Promise<void> {
  if (unsorted.length === 0) return;
  // In one order everywhere, so that two who store the same texts cannot wait for each other.
  const bodies = unsorted.toSorted((one, other) => (one.hash < other.hash ? -1 : 1));
  await trx
    .insertInto("contents")
    .values(bodies.map(({ hash, body }) => ({ hash, body, created_at: at })))
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
  await saveRendered(
    trx,
    RENDERER,
    bodies.filter(({ rendered }) => !rendered.fallback),
  );
}

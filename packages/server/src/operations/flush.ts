import { sql, type Transaction } from "kysely";
import { SOFT_FLUSH } from "../db/change-kinds.ts";
import type { Database } from "../db/database.ts";
import { newEpoch } from "../db/new-epoch.ts";
import type { Schema } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import { chunks } from "../trips/chunks.ts";
import { CATALOG, tripKeys } from "../trips/keys.ts";
import { getNode } from "../trips/repository.ts";
import type { NodeIndex, Snapshot } from "../trips/snapshot.ts";
import type { ContentHash, NodeId, TripId } from "../trips/types.ts";
import { countAudit, recordAudit } from "./audit.ts";

/** What is flushed: everything, a trip, a page with all below it, or one page. */
export type FlushScope =
  | { readonly scope: "all" }
  | { readonly scope: "trip"; readonly tripId: TripId }
  | { readonly scope: "subtree" | "path"; readonly nodeId: NodeId };

export type FlushRequest = FlushScope & {
  /**
   * Soft: everything cached of it is out of date from now on, and may stand in only while the database is away. Hard: no copy of it
   * may be served any more, whatever happens; and, but for a flush of everything, its stored HTML is made anew.
   */
  readonly mode: "soft" | "hard";
};

/** What a flush has done. */
export interface Flushed {
  /** The trip whose version rose; 0, the catalog, for a flush of everything. */
  readonly tripId: TripId;
  /** How many pages were named: null for everything. What is cached is whole trips, so all of the trip's pages are read anew. */
  readonly pages: number | null;
  /** How many texts lost their stored HTML. */
  readonly rendered: number;
}

/** So many in a minute are more than anybody needs by hand; a script that runs wild would keep the database busy. */
const MOST_A_MINUTE = 10;
const MINUTE_MS = 60_000;

export interface FlusherDeps {
  readonly database: Pick<Database, "kind" | "db">;
  readonly trips: { snapshot(tripId: TripId): Promise<{ readonly snapshot: Snapshot } | undefined> };
  /** Drops what begins with this in Redis, all if it is empty; absent without Redis. */
  readonly clearSecondTier: ((prefix: string) => Promise<unknown>) | undefined;
}

/**
 * Makes what is cached out of date, for whoever does not trust it. No key is looked for: a flush is a change in the database like
 * an edit, seen by every worker as an edit is, so it holds while Redis is down. What then still lies in Redis is of another
 * version, and is refused; it is removed afterwards, to make room.
 */
export class Flusher {
  readonly #deps: FlusherDeps;

  constructor(deps: FlusherDeps) {
    this.#deps = deps;
  }

  /**
   * Reads what it needs, and returns the flush itself, to be run in a transaction as an edit is.
   *
   * @throws QRCardsError `not-found`, and, in the transaction, `rate-limited`
   */
  async prepare(request: FlushRequest, actor: string): Promise<(trx: Transaction<Schema>, at: number) => Promise<Flushed>> {
    const { tripId, pages, contents } = await this.#find(request);
    return async (trx, at) => {
      await this.#limit(trx, actor, at);
      if (request.scope === "all") await this.#renew(trx, request.mode);
      await this.#bump(trx, tripId, request.mode);
      const rendered = request.mode === "hard" ? await dropRendered(trx, contents) : 0;
      const flushed = { tripId, pages, rendered };
      await recordAudit(trx, { actor, action: "flush", details: { ...request, ...flushed } }, at);
      return flushed;
    };
  }

  /** Call it when the flush is committed: removes what is of no use any more. Never rejects; without Redis there is nothing to do. */
  async sweep({ tripId }: Flushed): Promise<void> {
    await this.#deps.clearSecondTier?.(tripId === CATALOG ? "" : tripKeys(tripId)).catch(() => {});
  }

  async #find(request: FlushRequest): Promise<Omit<Flushed, "rendered"> & { readonly contents: ReadonlySet<ContentHash> }> {
    if (request.scope === "all") return { tripId: CATALOG, pages: null, contents: new Set() };
    const { db } = this.#deps.database;
    const tripId = request.scope === "trip" ? request.tripId : (await getNode(db, request.nodeId)).tripId;
    const current = await this.#deps.trips.snapshot(tripId);
    if (current === undefined) throw new QRCardsError("not-found", `There is no trip ${tripId}.`);
    const { snapshot } = current;
    const first = request.scope === "trip" ? snapshot.root : snapshot.findById(request.nodeId);
    const end = request.scope === "path" ? first + 1 : snapshot.end(first);
    const contents = new Set<ContentHash>();
    for (let node: NodeIndex = first; node < end; node++) contents.add(snapshot.contentHash(node));
    return { tripId, pages: end - first, contents };
  }

  async #limit(trx: Transaction<Schema>, actor: string, at: number): Promise<void> {
    // What was written down by a clock that was ahead is not held against anybody.
    const { count, oldest } = await countAudit(trx, { actor, action: "flush" }, { after: at - MINUTE_MS, until: at });
    if (count < MOST_A_MINUTE) return;
    const retryAfterMs = (oldest ?? at) + MINUTE_MS - at;
    throw new QRCardsError("rate-limited", `There have been ${count} flushes within a minute.`, { details: { retryAfterMs } });
  }

  async #renew(trx: Transaction<Schema>, mode: FlushRequest["mode"]): Promise<void> {
    if (mode === "soft") await sql`update meta set generation = generation + 1`.execute(trx);
    else await sql`update meta set epoch = ${newEpoch()}`.execute(trx);
  }

  /** As the triggers do for an edit, so that there is a number to wait for. */
  async #bump(trx: Transaction<Schema>, tripId: TripId, mode: FlushRequest["mode"]): Promise<void> {
    const kind = mode === "soft" ? SOFT_FLUSH : "flush";
    if (this.#deps.database.kind === "sqlite") await sql`insert into bumps (trip_id, kind) values (${tripId}, ${kind})`.execute(trx);
    else await sql`select qrcards_bump(${tripId}, ${kind})`.execute(trx);
  }
}

/** HTML is made again when it is read. The same text may be another page's too, which then reads as it did before. */
async function dropRendered(trx: Transaction<Schema>, contents: ReadonlySet<ContentHash>): Promise<number> {
  let dropped = 0;
  for (const some of chunks([...contents])) {
    const { numDeletedRows } = await trx.deleteFrom("rendered").where("content_hash", "in", some).executeTakeFirst();
    dropped += Number(numDeletedRows);
  }
  return dropped;
}

import { type Freshness, MemoryTier } from "@qrcards/cache";
import { sql } from "kysely";
import { type Database, type Db, unversionedTransaction } from "../db/database.ts";
import { getNode } from "../trips/repository.ts";
import type { NodeId, TripId } from "../trips/types.ts";
import { createCardCode } from "./card-code.ts";

export interface Card {
  readonly code: string;
  readonly nodeId: NodeId;
  readonly tripId: TripId;
  readonly scans: number;
  readonly createdAt: Date;
}

type Target = Pick<Card, "nodeId" | "tripId">;

/** Of one node, or of all nodes of a trip. */
type CardsOf = { readonly nodeId: NodeId } | { readonly tripId: TripId };

/** How long scans are collected before they are written: a hall of phones makes one write a second, not three hundred. */
const COUNT_EVERY_MS = 1_000;

/**
 * A card is a code bound to a node for ever (the database refuses to change it), so what was looked up once is true for as
 * long as the database is the same. Cards are no part of a trip's version; what a node is today is the structure's matter.
 */
export class CardService {
  readonly #database: Database;
  readonly #freshness: Pick<Freshness, "addHolder" | "generation">;
  readonly #targets = new MemoryTier<Target>({ maxEntries: 100_000, maxBytes: 16 * 2 ** 20, sizeOf: () => 150 });
  #scans = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #counting: Promise<void> = Promise.resolve();

  /** @param freshness says when another database stands in the place of this one, e.g. a restored one */
  constructor(database: Database, freshness: Pick<Freshness, "addHolder" | "generation">) {
    this.#database = database;
    this.#freshness = freshness;
    freshness.addHolder(this.#targets);
  }

  /** The node's first card; it gets one when it has none, and only one however many ask at once. */
  async cardOf(nodeId: NodeId): Promise<Card> {
    const [card] = await this.list({ nodeId });
    if (card !== undefined) return card;
    return unversionedTransaction(this.#database, async (trx) => {
      // On SQLite the transaction has the one write lock already.
      if (this.#database.kind === "postgres") await sql`select pg_advisory_xact_lock(hashtextextended(${nodeId}, 0))`.execute(trx);
      return (await listCards(trx, { nodeId }))[0] ?? mintCard(trx, nodeId, Date.now());
    });
  }

  /** A further card for the node. */
  mint(nodeId: NodeId): Promise<Card> {
    return unversionedTransaction(this.#database, (trx) => mintCard(trx, nodeId, Date.now()));
  }

  /** Oldest first. */
  list(of: CardsOf): Promise<Card[]> {
    return listCards(this.#database.db, of);
  }

  /** Where a card leads, as far as it is remembered; asks nobody. What there is not is not remembered: it may be made at any time. */
  recall(code: string): Target | undefined {
    return this.#targets.get(code);
  }

  /** Where a card leads, by its code in canonical form; undefined when no such card was ever made. */
  async find(code: string): Promise<Target | undefined> {
    const known = this.recall(code);
    if (known !== undefined) return known;
    const { generation } = this.#freshness;
    const target = await this.#database.db
      .selectFrom("cards")
      .select(["node_id as nodeId", "trip_id as tripId"])
      .where("code", "=", code)
      .executeTakeFirst();
    // What was asked of another database than the one of now is for who asked alone.
    if (target !== undefined && generation === this.#freshness.generation) this.#targets.set(code, target);
    return target;
  }

  /** Counts a scan; it reaches the database within a second, and at the latest with `close`. */
  countScan(code: string): void {
    this.#scans.set(code, (this.#scans.get(code) ?? 0) + 1);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#counting = this.#counting.then(() => this.#writeScans());
    }, COUNT_EVERY_MS).unref();
  }

  async #writeScans(): Promise<void> {
    const scans = this.#scans;
    this.#scans = new Map();
    try {
      await unversionedTransaction(this.#database, async (trx) => {
        // In one order everywhere, so that two processes cannot wait for each other.
        for (const [code, count] of [...scans].sort(([one], [other]) => (one < other ? -1 : 1))) {
          await trx
            .updateTable("cards")
            .set((card) => ({ scans: card("scans", "+", count) }))
            .where("code", "=", code)
            .execute();
        }
      });
    } catch {
      // The database is away or busy: these scans go with the next write.
      for (const [code, count] of scans) this.#scans.set(code, (this.#scans.get(code) ?? 0) + count);
    }
  }

  /** Writes what has been counted. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#counting;
    if (this.#scans.size > 0) await this.#writeScans();
  }
}

/** Oldest first. */
async function listCards(db: Db, of: CardsOf): Promise<Card[]> {
  const cards = db.selectFrom("cards").select(["code", "node_id as nodeId", "trip_id as tripId", "scans", "created_at"]);
  const rows = await ("nodeId" in of ? cards.where("node_id", "=", of.nodeId) : cards.where("trip_id", "=", of.tripId))
    .orderBy("created_at")
    .orderBy("code")
    .execute();
  return rows.map(({ created_at, ...card }) => ({ ...card, createdAt: new Date(created_at) }));
}

/** A further card for the node, within the caller's transaction or without one. */
export async function mintCard(db: Db, nodeId: NodeId, at: number): Promise<Card> {
  const { tripId } = await getNode(db, nodeId);
  for (;;) {
    const code = createCardCode();
    const { numInsertedOrUpdatedRows } = await db
      .insertInto("cards")
      .values({ code, trip_id: tripId, node_id: nodeId, created_at: at })
      .onConflict((conflict) => conflict.column("code").doNothing())
      .executeTakeFirst();
    // One in 2^35 codes a card: somebody has this one already.
    if (numInsertedOrUpdatedRows === 1n) return { code, nodeId, tripId, scans: 0, createdAt: new Date(at) };
  }
}

import { createHash } from "node:crypto";
import type { Db } from "../db/database.ts";
import { QRCardsError } from "../errors.ts";

/** How long an answer can be had again. */
export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
const PRUNE_EVERY_MS = 60 * 60 * 1000;

/** A request that must not be carried out twice: its key, by the token that it came with. */
export interface KeyedRequest {
  readonly tokenId: string;
  readonly key: string;
  readonly hash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}

/** @param parts what makes it this request: method, target, precondition and body */
export function hashRequest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  // Lengths first, so that no two lists of parts run together into one.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("base64url");
}

/**
 * The answers that were given to requests with an `Idempotency-Key`. They are stored by the transaction of the edit, so
 * there is never one without the other, whenever the process dies. An edit that fails stores none: it changed nothing,
 * and may be sent again under its key.
 */
export class IdempotencyStore {
  #prunedAt = Number.NEGATIVE_INFINITY;

  /**
   * Inside the edit's transaction and before anything else: it holds the one write lock, so of two requests with the same
   * key the second waits here for the first one's answer.
   *
   * @throws QRCardsError `idempotency-mismatch` when the key belongs to another request
   */
  async find(trx: Db, { tokenId, key, hash }: KeyedRequest, at: number): Promise<StoredAnswer | undefined> {
    const row = await trx
      .selectFrom("idempotency_keys")
      .select(["request_hash", "status", "body"])
      .where("token_id", "=", tokenId)
      .where("key", "=", key)
      .where("created_at", ">", at - KEY_LIFETIME_MS)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (row.request_hash !== hash) throw new QRCardsError("idempotency-mismatch", "The Idempotency-Key belongs to another request.");
    return { status: row.status, body: row.body };
  }

  async store(trx: Db, { tokenId, key, hash }: KeyedRequest, answer: StoredAnswer, at: number): Promise<void> {
    const row = { request_hash: hash, status: answer.status, body: answer.body, created_at: at };
    await trx
      .insertInto("idempotency_keys")
      .values({ token_id: tokenId, key, ...row })
      // Only one that is too old to be found can be in the way.
      .onConflict((conflict) => conflict.columns(["token_id", "key"]).doUpdateSet(row))
      .execute();
    if (at - this.#prunedAt < PRUNE_EVERY_MS) return;
    await trx
      .deleteFrom("idempotency_keys")
      .where("created_at", "<=", at - KEY_LIFETIME_MS)
      .execute();
    this.#prunedAt = at;
  }
}

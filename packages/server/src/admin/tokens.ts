import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Selectable } from "kysely";
import { SCOPES, type Scope } from "../contract/index.ts";
import type { Db } from "../db/database.ts";
import type { TokensTable } from "../db/schema.ts";
import { QRCardsError } from "../errors.ts";
import { createNodeId } from "../trips/node-id.ts";

/** All that is known of a token. Its secret is not: only a hash of it is stored. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  /** Null: never. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
}

export interface NewToken {
  /** For people to know it by: 1 to 100 characters. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null: never expires. */
  readonly expiresInMs: number | null;
}

const SECRET_BYTES = 32;
const NAME_LIMIT = 100;
const USE_RECORDED_EVERY_MS = 60_000;

/** `qrc_` lets people and secret scanners know it for what it is; the id finds its row; the secret is base64url. */
const TOKEN = /^qrc_([0-9a-z]{12})_([A-Za-z0-9_-]{43})$/;

/**
 * @returns `text` is what its user sends; this is the only time that it is known
 * @throws QRCardsError `validation-failed`
 */
export async function createToken(
  db: Db,
  { name, scopes, expiresInMs }: NewToken,
  at: number = Date.now(),
): Promise<{ text: string; token: Token }> {
  if (name.trim() === "" || name.length > NAME_LIMIT)
    throw new QRCardsError("validation-failed", `A token needs a name of 1 to ${NAME_LIMIT} characters.`);
  const known = SCOPES.filter((scope) => scopes.includes(scope));
  const unknown = scopes.filter((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown.length > 0)
    throw new QRCardsError("validation-failed", `There is no scope ${unknown.join(", ")}; there are ${SCOPES.join(", ")}.`);
  if (known.length === 0) throw new QRCardsError("validation-failed", `A token needs at least one scope of ${SCOPES.join(", ")}.`);
  if (expiresInMs !== null && !(expiresInMs > 0))
    throw new QRCardsError("validation-failed", "A token must expire in the future, or never.");

  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const row = {
    id: createNodeId(),
    name: name.trim(),
    hash: hashSecret(secret),
    scopes: known.join(" "),
    created_at: at,
    expires_at: expiresInMs === null ? null : Math.round(at + expiresInMs),
    revoked_at: null,
    last_used_at: null,
  };
  await db.insertInto("tokens").values(row).execute();
  return { text: `qrc_${row.id}_${secret}`, token: toToken(row) };
}

/** Oldest first, also those that are over. */
export async function listTokens(db: Db): Promise<Token[]> {
  const rows = await db.selectFrom("tokens").selectAll().orderBy("created_at").orderBy("id").execute();
  return rows.map(toToken);
}

/**
 * At once and for ever. Revoking it again changes nothing.
 *
 * @throws QRCardsError `not-found`
 */
export async function revokeToken(db: Db, id: string, at: number = Date.now()): Promise<Token> {
  await db.updateTable("tokens").set({ revoked_at: at }).where("id", "=", id).where("revoked_at", "is", null).execute();
  const row = await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new QRCardsError("not-found", `There is no token ${id}.`);
  return toToken(row);
}

export type Verdict =
  | { readonly ok: true; readonly token: Token }
  /** `unknown` for a wrong secret as well: who does not know it learns nothing about the token. */
  | { readonly ok: false; readonly reason: "unknown" | "expired" | "revoked" };

/** Read from the database each time, so that a revocation holds from the next request on, on every server. */
export async function verifyToken(db: Db, text: string, at: number = Date.now()): Promise<Verdict> {
  const match = TOKEN.exec(text);
  if (match === null) return { ok: false, reason: "unknown" };
  const [, id, secret] = match as unknown as [string, string, string];
  const row = await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined || !timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(row.hash)))
    return { ok: false, reason: "unknown" };
  if (row.revoked_at !== null) return { ok: false, reason: "revoked" };
  if (row.expires_at !== null && row.expires_at <= at) return { ok: false, reason: "expired" };
  return { ok: true, token: toToken(row) };
}

/** Writes down that a token was used; at most once a minute, so that reading costs no writes. */
export async function recordUse(db: Db, token: Token, at: number): Promise<void> {
  const before = at - USE_RECORDED_EVERY_MS;
  if (token.lastUsedAt !== null && token.lastUsedAt.getTime() > before) return;
  await db
    .updateTable("tokens")
    .set({ last_used_at: at })
    .where("id", "=", token.id)
    // Of requests at the same time one writes.
    .where((row) => row.or([row("last_used_at", "is", null), row("last_used_at", "<=", before)]))
    .execute();
}

/** 256 random bits need no salt and no slow hash: nobody finds them by trying. */
function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function toToken(row: Selectable<TokensTable>): Token {
  const instant = (at: number | null) => (at === null ? null : new Date(at));
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes.split(" ") as Scope[],
    createdAt: new Date(row.created_at),
    expiresAt: instant(row.expires_at),
    revokedAt: instant(row.revoked_at),
    lastUsedAt: instant(row.last_used_at),
  };
}

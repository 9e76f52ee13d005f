import type { FastifyRequest } from "fastify";
import { grants, type Scope } from "../contract/index.ts";
import type { Db } from "../db/database.ts";
import { QRCardsError } from "../errors.ts";
import type { FailedAttempts } from "./failed-attempts.ts";
import { type Token, verifyToken } from "./tokens.ts";

const REASONS = {
  unknown: "The token is not valid.",
  expired: "The token has expired.",
  revoked: "The token was revoked.",
} as const;

/**
 * The token that a request comes with (RFC 6750 §2.1).
 *
 * @throws QRCardsError `unauthorized` without a valid one, `rate-limited` after too many invalid ones from that address
 */
export async function authenticate(
  db: Db,
  request: Pick<FastifyRequest, "headers" | "ip">,
  failedAttempts: FailedAttempts,
  at: number,
): Promise<Token> {
  const { authorization } = request.headers;
  if (authorization === undefined) throw new QRCardsError("unauthorized", "The request has no token.");
  const text = /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
  const verdict = await verifyToken(db, text, at);
  if (verdict.ok) return verdict.token;
  const retryAfterMs = failedAttempts.count(request.ip, at);
  if (retryAfterMs === undefined) throw new QRCardsError("unauthorized", REASONS[verdict.reason]);
  throw new QRCardsError("rate-limited", "Too many requests with invalid tokens came from this address.", { details: { retryAfterMs } });
}

/** @throws QRCardsError `forbidden`, with the missing scope */
export function requireScope(token: Token, scope: Scope): void {
  if (grants(token.scopes, scope)) return;
  throw new QRCardsError("forbidden", `The token "${token.name}" lacks the scope ${scope}.`, { details: { scope } });
}

/** RFC 9110 §11.6.1 and RFC 6750 §3: what a 401 or 403 tells clients in a header. */
export function challenge(error: unknown): string | undefined {
  if (!(error instanceof QRCardsError)) return undefined;
  if (error.code === "unauthorized") return 'Bearer realm="QRCards"';
  if (error.code === "forbidden") return `Bearer realm="QRCards", error="insufficient_scope", scope="${String(error.details?.scope)}"`;
  return undefined;
}

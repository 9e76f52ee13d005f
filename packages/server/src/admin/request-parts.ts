import type { FastifyRequest } from "fastify";
import { type TObject, Type } from "typebox";
import type { Route } from "../contract/index.ts";
import { QRCardsError } from "../errors.ts";
import { hashRequest, type KeyedRequest } from "./idempotency.ts";
import type { Token } from "./tokens.ts";

const IDEMPOTENCY_KEY = Type.String({
  description:
    "Of your own making, new for each edit: the same request under the same key within 24 hours is carried out once, and answered the same.",
  pattern: "^[!-~]{1,200}$",
  maxLength: 200,
  examples: ["5f0c1c9e-6d1f-4f0e-a0a5-0f8c2f1d3b7a"],
});
const IF_MATCH = Type.String({
  description: 'The revision that you read, in quotes: `"3"`.',
  pattern: '^"[1-9][0-9]{0,9}"$',
  maxLength: 12,
  examples: ['"3"'],
});

const PREFER = Type.String({
  description:
    "`respond-async`: answer when the edit is committed (202), without waiting until it is visible everywhere (RFC 7240 §4.1). Other preferences are passed over.",
  maxLength: 200,
  examples: ["respond-async"],
});

/** Whether a request of this route can name the revision that it is meant for. */
function takesRevision({ body, query }: Route): boolean {
  return [body, query].some((part) => typeof part === "object" && "revision" in part.properties);
}

/** The headers that we read of a request; undefined: none. Others may come along. */
export function headersSchema(route: Route): TObject | undefined {
  if (route.method === "GET") return undefined;
  const headers: Record<string, ReturnType<typeof Type.String>> = { "idempotency-key": IDEMPOTENCY_KEY, prefer: PREFER };
  if (takesRevision(route)) headers["if-match"] = IF_MATCH;
  return Type.Partial(Type.Object(headers));
}

/**
 * The revision that an edit is meant for: a field of its body or query, or `If-Match`.
 *
 * @throws QRCardsError `revision-required` where a PATCH has none, `validation-failed` where it has two
 */
export function readRevision(route: Route, request: FastifyRequest): number | undefined {
  if (!takesRevision(route)) return undefined;
  const { revision } = { ...(request.query as object), ...(request.body as object) } as { revision?: number };
  const header = request.headers["if-match"];
  const matched = header === undefined ? undefined : Number(header.slice(1, -1));
  if (revision !== undefined && matched !== undefined && revision !== matched) {
    throw new QRCardsError("validation-failed", `The edit is for revision ${revision}, but If-Match says ${matched}.`);
  }
  const read = revision ?? matched;
  if (read === undefined && route.method === "PATCH")
    throw new QRCardsError("revision-required", "The edit does not say which revision it is for.");
  return read;
}

/** Whether the author would rather not wait (RFC 7240 §2: a list of preferences, names without regard to case, what is unknown is passed over). */
export function prefersAsync({ headers }: Pick<FastifyRequest, "headers">): boolean {
  const preferences = [headers.prefer ?? []].flat().join(",").split(",");
  return preferences.some((preference) => preference.split(/[;=]/, 1)[0]!.trim().toLowerCase() === "respond-async");
}

/** @returns undefined for a request without an `Idempotency-Key` */
export function readKeyedRequest(request: FastifyRequest, token: Token): KeyedRequest | undefined {
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string") return undefined;
  const { body } = request;
  const content = body instanceof Uint8Array ? body : JSON.stringify(body ?? null);
  return { tokenId: token.id, key, hash: hashRequest([request.method, request.url, request.headers["if-match"] ?? "", content]) };
}

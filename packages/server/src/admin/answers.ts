import type { FastifyReply } from "fastify";
import { PROBLEM_MEDIA_TYPE, type Problem } from "../http/problem.ts";
import { jsonHeaders } from "../http/security-headers.ts";

// Bodies go as bytes: to a text, Fastify adds a charset that JSON has not (RFC 8259 §8.1).

/** Every answer is for the one who asked, now: it must be kept nowhere. */
const NO_STORE = { "cache-control": "no-store" };

/** What an answer's headers say once more of what is in it. */
interface Told {
  readonly node?: { readonly revision: number };
  readonly trip?: { readonly revision: number };
  readonly links?: { readonly self?: string };
}

/**
 * Sends a success.
 *
 * @param answer by the contract
 * @param text the same as JSON
 */
export function sendAnswer(reply: FastifyReply, status: number, answer: unknown, text: string): FastifyReply {
  const { node, trip, links } = answer as Told;
  const revision = (node ?? trip)?.revision;
  reply.code(status).headers({ ...jsonHeaders(), ...NO_STORE });
  // For If-Match alone: it tells edits of this page apart, not every change of what is shown with it.
  if (revision !== undefined) reply.header("etag", `"${revision}"`);
  if (status === 201 && links?.self !== undefined) reply.header("location", links.self);
  return reply.send(Buffer.from(text));
}

export function sendProblem(reply: FastifyReply, { status, headers, body }: Problem): FastifyReply {
  return reply
    .code(status)
    .headers({ ...jsonHeaders(PROBLEM_MEDIA_TYPE), ...NO_STORE, ...headers })
    .send(Buffer.from(JSON.stringify(body)));
}

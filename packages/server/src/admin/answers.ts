import type { FastifyReply } from "fastify";
import { note } from "../http/notes.ts";
import { PROBLEM_MEDIA_TYPE, type Problem } from "../http/problem.ts";
import { jsonHeaders } from "../http/security-headers.ts";
import type { Performed } from "./perform-edit.ts";

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
 */
export function sendAnswer(reply: FastifyReply, status: number, answer: unknown): FastifyReply {
  const { node, trip, links } = answer as Told;
  const revision = (node ?? trip)?.revision;
  reply.code(status).headers({ ...jsonHeaders(), ...NO_STORE });
  // For If-Match alone: it tells edits of this page apart, not every change of what is shown with it.
  if (revision !== undefined) reply.header("etag", `"${revision}"`);
  if (status === 201 && links?.self !== undefined) reply.header("location", links.self);
  return reply.send(Buffer.from(JSON.stringify(answer)));
}

/** Sends what became of an edit: when it is visible everywhere, or at once to who would rather not wait. */
export async function sendEdit(
  reply: FastifyReply,
  { status, result, version, visible }: Performed,
  isAsync: boolean,
): Promise<FastifyReply> {
  if (isAsync) {
    reply.headers({ "preference-applied": "respond-async", location: `/api/changes/${version}` });
    return sendAnswer(reply, 202, { ...result, visible: "pending", afterMs: null });
  }
  const { afterMs } = await visible;
  return sendAnswer(reply, status, { ...result, visible: "everywhere", afterMs: Math.round(afterMs * 10) / 10 });
}

export function sendProblem(reply: FastifyReply, { status, headers, body }: Problem): FastifyReply {
  note(reply.raw, { code: body.code, requestId: body.requestId });
  return reply
    .code(status)
    .headers({ ...jsonHeaders(PROBLEM_MEDIA_TYPE), ...NO_STORE, ...headers })
    .send(Buffer.from(JSON.stringify(body)));
}

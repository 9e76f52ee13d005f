import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AuthorityUnavailableError, MemoryTier } from "@qrcards/cache";
import type { Logger } from "pino";
import { QRCardsError } from "../errors.ts";
import { describeFault, type Problem, toProblem } from "../http/problem.ts";
import { checkReadMethod, checkRequest } from "../http/request-checks.ts";
import { renderProblem } from "../pages/problem.ts";
import type { Services } from "../services.ts";
import { FinishedPage } from "./finished-page.ts";
import { type Answer, PublicSite } from "./public-site.ts";
import { createPageReply, type Reply, send } from "./reply.ts";

export interface Front {
  /** Answers, or returns false for what is not public: the API. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** The API's and the admin's first words, under which nothing public can stand. */
const NOT_PUBLIC = /^\/(?:api|admin|healthz|readyz|metrics)(?:[/?]|$)/;

/** A page may take this long to be answered by name: more is a stuck database. */
const MOST_PAGES = 50_000;

/**
 * The hot path. A page in memory that is still current is one look-up, one judgement and one write; everything else is
 * made by `PublicSite`, and kept if it is a page.
 */
export function createFront(services: Services, log: Logger): Front {
  const { freshness } = services;
  const pages = new MemoryTier<FinishedPage>({
    maxEntries: MOST_PAGES,
    maxBytes: services.config.pageCacheBytes,
    sizeOf: (page) => page.sizeBytes,
    tagsOf: (page) => [page.tag],
  });
  freshness.addHolder(pages);
  const site = new PublicSite(services);

  function handle(request: IncomingMessage, response: ServerResponse): boolean {
    const refusal = checkRequest(request);
    if (refusal !== undefined) {
      send(response, problemReply(describeFault(refusal, "-")), request.method === "HEAD");
      return true;
    }
    const target = request.url!;
    if (request.method === "GET" || request.method === "HEAD") {
      const page = pages.get(target);
      if (page !== undefined && freshness.isCurrent(page)) {
        sendAnswer(request, response, page);
        return true;
      }
    }
    if (NOT_PUBLIC.test(target)) return false;
    const wrongMethod = checkReadMethod(request.method);
    if (wrongMethod !== undefined) {
      send(response, problemReply(describeFault(wrongMethod, "-")), false);
      return true;
    }
    void make(request, response, target);
    return true;
  }

  async function make(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
    try {
      const answer = await site.answer(target);
      if (answer instanceof FinishedPage) keep(request, target, answer);
      sendAnswer(request, response, answer);
    } catch (error) {
      const requestId = randomUUID();
      const known =
        error instanceof AuthorityUnavailableError ? new QRCardsError("database-unavailable", "The database does not answer.") : error;
      const problem = toProblem(known, requestId);
      if (problem.status >= 500) log.error({ err: error, requestId, code: problem.body.code }, "a page could not be answered");
      if (response.headersSent) response.destroy();
      else send(response, problemReply(problem), request.method === "HEAD");
    }
  }

  function keep(request: IncomingMessage, target: string, page: FinishedPage): void {
    // A query would make endless keys of one page, and a HEAD should not fill memory with what nobody reads.
    if (request.method === "HEAD" || target.includes("?")) return;
    pages.set(target, page);
    page.compress().catch((error: unknown) => log.warn({ err: error }, "a page could not be compressed"));
  }

  return { handle };
}

function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { headers } = request;
  const reply = answer instanceof FinishedPage ? answer.reply(headers["accept-encoding"], headers["if-none-match"]) : answer;
  send(response, reply, request.method === "HEAD");
}

function problemReply({ status, headers, body }: Problem): Reply {
  const { title, detail, help, requestId } = body;
  return createPageReply(status, renderProblem({ status, title, message: detail, help, ...(requestId !== "-" && { requestId }) }), headers);
}

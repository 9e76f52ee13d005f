import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MemoryTier } from "@qrcards/cache";
import type { Logger } from "pino";
import { type ErrorCode, QRCardsError } from "../errors.ts";
import { describeFault, type Problem, toProblem } from "../http/problem.ts";
import { checkReadMethod, checkRequest, type Refusal } from "../http/request-checks.ts";
import { renderProblem } from "../pages/problem.ts";
import { WORDS } from "../pages/words.ts";
import type { Services } from "../services.ts";
import { FinishedPage } from "./finished-page.ts";
import { type Answer, PublicSite } from "./public-site.ts";
import { createPageReply, type Reply, revalidate, send } from "./reply.ts";

export interface Front {
  /** Answers, or returns false for what is not public: the API. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** The API's and the admin's first words, under which nothing public can stand. */
const NOT_PUBLIC = /^\/(?:api|admin|healthz|readyz|metrics)(?:\/|$)/;

/** More than `pageCacheBytes` has room for, unless pages are tiny. */
const MOST_PAGES = 50_000;

/** A reader who has waited this long is told that the database does not answer. */
const ANSWER_LIMIT_MS = 10_000;

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
  /** Answers that are being made, by path. */
  const making = new Map<string, Promise<Answer>>();

  function handle(request: IncomingMessage, response: ServerResponse): boolean {
    const refusal = checkRequest(request);
    if (refusal !== undefined) {
      refuse(request, response, refusal);
      return true;
    }
    const target = request.url!;
    // No page depends on its query, so a query makes no second entry: what is appended to shared links costs nothing.
    const question = target.indexOf("?");
    const path = question === -1 ? target : target.slice(0, question);
    if (request.method === "GET" || request.method === "HEAD") {
      const page = pages.get(path);
      if (page !== undefined && freshness.isCurrent(page)) {
        sendAnswer(request, response, page);
        return true;
      }
    }
    if (NOT_PUBLIC.test(path)) return false;
    const wrongMethod = checkReadMethod(request.method);
    if (wrongMethod === undefined) void answer(request, response, target, path);
    else refuse(request, response, wrongMethod);
    return true;
  }

  function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    const { method, url: target } = request;
    log.info({ code: refusal.code, method, target }, "a request was refused");
    send(response, problemReply(describeFault(refusal, "-")), method === "HEAD");
  }

  async function answer(request: IncomingMessage, response: ServerResponse, target: string, path: string): Promise<void> {
    try {
      sendAnswer(request, response, await withinLimit(find(request.method === "HEAD", target, path)));
    } catch (error) {
      const requestId = randomUUID();
      const problem = toProblem(error, requestId);
      const { code } = problem.body;
      if (problem.status >= 500) log.error({ err: error, requestId, code }, "a page could not be answered");
      else log.info({ code, method: request.method, target }, "a request was refused");
      if (response.headersSent) response.destroy();
      else send(response, problemReply(problem), request.method === "HEAD");
    }
  }

  async function find(isHead: boolean, target: string, path: string): Promise<Answer> {
    const held = pages.get(path);
    if (held !== undefined && (await isStillCurrent(held))) return held;
    // Filling memory is for those who read: a HEAD leaves nothing behind.
    return isHead ? site.answer(target, { counts: false }) : makeOnce(target, path);
  }

  /** Where only the lease is over, one poll, shared by all who need it, tells that nothing has changed. */
  async function isStillCurrent(page: FinishedPage): Promise<boolean> {
    if (freshness.isCurrent(page)) return true;
    await freshness.renew();
    return freshness.isCurrent(page);
  }

  /** A hall of phones that opens one page makes it once. */
  async function makeOnce(target: string, path: string): Promise<Answer> {
    const shared = await making.get(path)?.catch(() => undefined);
    // Only pages are shared: they depend on nothing but the path, and say whether an edit has come since they were begun.
    if (shared instanceof FinishedPage && (await isStillCurrent(shared))) return shared;
    const made = site.answer(target);
    if (!making.has(path)) {
      making.set(path, made);
      const end = () => making.delete(path);
      made.then(end, end);
    }
    const answer = await made;
    if (answer instanceof FinishedPage) pages.set(path, answer);
    return answer;
  }

  return { handle };
}

async function withinLimit<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(new QRCardsError("database-unavailable", "The database has not answered in time."));
    timer = setTimeout(late, ANSWER_LIMIT_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { headers } = request;
  const held = headers["if-none-match"];
  const reply = answer instanceof FinishedPage ? answer.reply(headers["accept-encoding"], held) : revalidate(answer, held);
  send(response, reply, request.method === "HEAD");
}

const WORDS_FOR_READERS: Partial<Record<ErrorCode, { readonly title: string; readonly help: string }>> = WORDS.problems;

function problemReply({ status, headers, body }: Problem): Reply {
  const { code, detail, requestId } = body;
  const { title, help } = WORDS_FOR_READERS[code] ?? body;
  const page = renderProblem({ status, title, message: detail, help, ...(status >= 500 && { requestId }) });
  return createPageReply(status, page, headers);
}

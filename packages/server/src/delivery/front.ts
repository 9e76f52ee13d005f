import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MemoryTier } from "@qrcards/cache";
import type { ErrorCode } from "../errors.ts";
import { note } from "../http/notes.ts";
import { describeFault, type Problem, toProblem } from "../http/problem.ts";
import { checkReadMethod, checkRequest, type Refusal } from "../http/request-checks.ts";
import type { Traffic } from "../operations/traffic.ts";
import { renderProblem } from "../pages/problem.ts";
import { WORDS } from "../pages/words.ts";
import type { Services } from "../services.ts";
import { formatCacheStatus, REFUSED } from "./cache-status.ts";
import { FinishedPage } from "./finished-page.ts";
import { type Answer, PublicSite } from "./public-site.ts";
import { addHeaders, createPageReply, forbidKeeping, type Reply, revalidate, send } from "./reply.ts";
import { Trace } from "./trace.ts";

export interface Front {
  /** Answers, or returns false for what is not public: the API. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Those in memory. */
  readonly pages: Pick<MemoryTier<FinishedPage>, "size" | "bytes" | "get">;
}

/** The API's and the admin's first words, under which nothing public can stand. */
const NOT_PUBLIC = /^\/(?:api|admin|healthz|readyz|metrics)(?:\/|$)/;

/** An answer that is being made. */
interface Making {
  readonly answer: Promise<Answer>;
  readonly trace: Trace;
}

/** More than `pageCacheBytes` has room for, unless pages are tiny. */
const MOST_PAGES = 50_000;

/** Cards, assets and other views of a page: what is made for one reader is no other one's, so nobody waits for it. */
const UNSHARED = /^\/(?:c|assets)\/|\.(?:md|json|svg|png)$/i;

/** Where edits follow so closely that what others make is overtaken each time, a reader has it made for themselves. */
const MOST_WAITS = 3;

/**
 * The hot path. A page in memory that is still current is one look-up, one judgement and one write; everything else is
 * made by `PublicSite`, and kept if it is a page.
 */
export function createFront(services: Services, traffic: Traffic): Front {
  const { freshness, patience } = services;
  const pages = new MemoryTier<FinishedPage>({
    maxEntries: MOST_PAGES,
    maxBytes: services.config.pageCacheBytes,
    sizeOf: (page) => page.sizeBytes,
    tagsOf: (page) => [page.tag],
  });
  freshness.addHolder(pages);
  const site = new PublicSite(services);
  /** By path. */
  const making = new Map<string, Making>();

  function handle(request: IncomingMessage, response: ServerResponse): boolean {
    const begunAt = traffic.begin();
    const refusal = checkRequest(request);
    if (refusal !== undefined) {
      traffic.follow(request, response, begunAt);
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
        const { headers, method } = request;
        send(response, page.reply(headers["accept-encoding"], headers["if-none-match"]), method === "HEAD");
        traffic.hit(request, response, begunAt, page.tag);
        return true;
      }
    }
    traffic.follow(request, response, begunAt);
    if (NOT_PUBLIC.test(path)) return false;
    const wrongMethod = checkReadMethod(request.method);
    if (wrongMethod === undefined) void answer(request, response, target, path);
    else refuse(request, response, wrongMethod);
    return true;
  }

  function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    note(response, { code: refusal.code });
    send(response, addHeaders(problemReply(describeFault(refusal, "-")), ["cache-status", REFUSED]), request.method === "HEAD");
  }

  async function answer(request: IncomingMessage, response: ServerResponse, target: string, path: string): Promise<void> {
    const trace = new Trace();
    const isHead = request.method === "HEAD";
    try {
      sendMade(request, response, await find(isHead, target, path, trace), trace);
    } catch (error) {
      const requestId = randomUUID();
      const problem = toProblem(error, requestId);
      const { code } = problem.body;
      // Whatever stood in on the way, it did not make an answer.
      note(response, { cache: trace.outcome && "miss", code, requestId, ...(problem.status >= 500 && { error }) });
      if (response.headersSent) response.destroy();
      else send(response, addHeaders(problemReply(problem), headersOf(trace, undefined, problem.status)), isHead);
    }
  }

  async function find(isHead: boolean, target: string, path: string, trace: Trace): Promise<Answer> {
    const held = pages.get(path);
    trace.wasHeld = held !== undefined;
    if (held !== undefined) {
      trace.isHit = await isStillCurrent(held);
      if (trace.isHit) return held;
      trace.did("wait");
      if (freshness.clock.now() >= freshness.leaseUntil && standIn(held, trace)) return held;
    }
    try {
      // Filling memory is for those who read: a HEAD leaves nothing behind.
      const made = isHead ? site.answer(target, { counts: false, trace }) : makeOnce(target, path, trace);
      return await patience.wait(made);
    } catch (error) {
      if (held !== undefined && toProblem(error, "-").status === 503 && standIn(held, trace)) return held;
      throw error;
    }
  }

  /** Where only the lease is over, one poll, shared by all who need it, tells that nothing has changed. */
  async function isStillCurrent(page: FinishedPage): Promise<boolean> {
    if (freshness.isCurrent(page)) return true;
    await freshness.renew().catch(() => {});
    return freshness.isCurrent(page);
  }

  /** Whether a page may be shown because the database is away. It is as it was: neither current nor held for longer. */
  function standIn(page: FinishedPage, trace: Trace): boolean {
    trace.isHit = trace.standsIn = freshness.mayStandIn(page);
    return trace.standsIn;
  }

  /** A hall of phones that opens one page makes it once; and once more if an edit comes meanwhile. */
  async function makeOnce(target: string, path: string, trace: Trace): Promise<Answer> {
    for (let waits = 0; waits < MOST_WAITS && !UNSHARED.test(path); waits++) {
      const others = making.get(path);
      if (others === undefined) break;
      const shared = await others.answer.catch(() => undefined);
      trace.did("wait");
      // Only pages are shared: they depend on nothing but the path, and say whether an edit has come since they were begun.
      if (!(shared instanceof FinishedPage)) break;
      if (await isStillCurrent(shared)) {
        trace.collapsed = true;
        trace.source = others.trace.source;
        return shared;
      }
    }
    const made = site.answer(target, { trace });
    if (!making.has(path)) {
      making.set(path, { answer: made, trace });
      const end = () => making.delete(path);
      made.then(end, end);
    }
    const answer = await made;
    // What was overtaken by an edit, or nobody can vouch for, would only take room.
    if (answer instanceof FinishedPage && freshness.isCurrent(answer)) trace.stored = pages.set(path, answer);
    return answer;
  }

  return { handle, pages };
}

function sendMade({ headers, method }: IncomingMessage, response: ServerResponse, answer: Answer, trace: Trace): void {
  // Who asks whether they hold what is true cannot be told, and gets what there is.
  const held = trace.standsIn ? undefined : headers["if-none-match"];
  const isPage = answer instanceof FinishedPage;
  const sound = isPage ? answer.firstReply(headers["accept-encoding"], held) : revalidate(answer, held);
  const reply = trace.standsIn ? forbidKeeping(sound) : sound;
  note(response, { cache: trace.outcome, ...(isPage && { tag: answer.tag }) });
  send(response, addHeaders(reply, headersOf(trace, isPage ? 200 : answer.status, reply.status)), method === "HEAD");
}

/** How the answer came about; and how long that took, unless it was there. */
function headersOf(trace: Trace, madeStatus: number | undefined, sentStatus: number): string[] {
  const cacheStatus = ["cache-status", formatCacheStatus(trace, madeStatus, sentStatus)];
  return trace.isHit ? cacheStatus : [...cacheStatus, "server-timing", trace.formatServerTiming()];
}

const WORDS_FOR_READERS: Partial<Record<ErrorCode, { readonly title: string; readonly help: string }>> = WORDS.problems;

function problemReply({ status, headers, body }: Problem): Reply {
  const { code, detail, requestId } = body;
  const { title, help } = WORDS_FOR_READERS[code] ?? body;
  const page = renderProblem({ status, title, message: detail, help, ...(status >= 500 && { requestId }) });
  return createPageReply(status, page, headers);
}

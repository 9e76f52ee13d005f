import { parseCardCode } from "../cards/card-code.ts";
import { QRCardsError } from "../errors.ts";
import { formatEtag } from "../http/conditional.ts";
import { assetHeaders } from "../http/security-headers.ts";
import { assemblePage, hrefOf, linkTo } from "../pages/assemble.ts";
import { renderCardPreview } from "../pages/card-preview.ts";
import { FAVICON_SVG } from "../pages/favicon.ts";
import { renderGone } from "../pages/gone.ts";
import { renderLibrary } from "../pages/library.ts";
import { renderNotFound } from "../pages/not-found.ts";
import { renderPage } from "../pages/page.ts";
import { renderRobots, renderSitemap, renderSitemapIndex, SITEMAP_LIMIT } from "../pages/sitemap.ts";
import type { NotFoundModel } from "../pages/types.ts";
import { formatPath, type ParsedTarget, parseTarget } from "../paths/parse-target.ts";
import { slugify } from "../paths/slugify.ts";
import type { Services } from "../services.ts";
import { isContentHash } from "../trips/content-hash.ts";
import type { Source } from "../trips/origins.ts";
import { findAsset } from "../trips/repository.ts";
import type { CurrentLibrary } from "../trips/service.ts";
import type { NodeIndex, Snapshot } from "../trips/snapshot.ts";
import { FinishedPage, type Provenance } from "./finished-page.ts";
import { type Located, locate } from "./locate.ts";
import { createPageReply, createRedirect, createReply, flatten, PAGE_HEADERS, type Reply } from "./reply.ts";
import { suggestNames, suggestPages } from "./suggestions.ts";
import { Trace } from "./trace.ts";
import { createView } from "./views.ts";

/** What a reader gets for a target: a page that may be kept, or an answer for this once. */
export type Answer = FinishedPage | Reply;

export interface AnswerOptions {
  /** Whether following a card counts as a scan. Default true. */
  readonly counts?: boolean;
  readonly trace?: Trace;
}

const SITEMAP_HEADERS: readonly string[] = flatten({
  "content-type": "application/xml; charset=utf-8",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
});

/** Answers every public address. Knows nothing of sockets; throws what `http/problem` turns into a status. */
export class PublicSite {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async answer(target: string, { counts = true, trace = new Trace() }: AnswerOptions = {}): Promise<Answer> {
    const answer = await this.#make(target, counts, trace);
    trace.did("render");
    return answer;
  }

  async #make(target: string, counts: boolean, trace: Trace): Promise<Answer> {
    const question = target.indexOf("?");
    const path = question === -1 ? target : target.slice(0, question);
    if (path === "/robots.txt") return this.#robots(trace);
    if (path === "/favicon.ico") return this.#favicon(trace);
    await this.#hearDatabase(trace);
    if (path.startsWith("/assets/")) return this.#asset(path, trace);
    if (path === "/") return this.#library(trace);
    if (path === "/sitemap.xml") return this.#sitemapIndex(trace);
    const sitemap = /^\/-\/sitemap\/([1-9]\d{0,9})\.xml$/.exec(path);
    if (sitemap) return this.#sitemap(Number(sitemap[1]), trace);

    const parsed = parseTarget(target);
    trace.did("parse");
    if (parsed.kind === "refused") throw new QRCardsError(parsed.status === 414 ? "target-too-long" : "bad-target", parsed.reason);
    const [first, code, ...more] = parsed.segments;
    const isCard = first === "c" && more.length === 0 && (parsed.kind === "impossible" || parsed.view === "");
    return isCard && code !== undefined ? this.#card(code, counts, trace) : this.#node(parsed, trace);
  }

  get #publicUrl(): string {
    return this.#services.config.publicUrl;
  }

  // Pages of trips

  async #node(parsed: Exclude<ParsedTarget, { kind: "refused" }>, trace: Trace): Promise<Answer> {
    if (parsed.kind === "impossible") return this.#notFound(parsed.segments, undefined, trace);
    // `//` and the like: another spelling of the library.
    if (parsed.segments.length === 0) return createRedirect(308, `/${parsed.query}`, "max-age=3600");
    const { trips, paths } = this.#services;
    const today = trace.standsIn ? undefined : await paths?.redirectOf(parsed.segments);
    if (paths !== undefined) trace.did("trip");
    if (today !== undefined) {
      trace.source = "path";
      return createRedirect(302, formatPath(today, parsed.view) + parsed.query, "no-cache");
    }
    const located = await locate(trips, parsed.segments, trace);
    if (located !== undefined) this.#weigh(located.current, trace);
    if (located === undefined || located.resolution.kind === "none") return this.#notFound(parsed.segments, located, trace);
    const { current, resolution, rootIsCurrent } = located;
    const { snapshot } = current;
    const { node } = resolution;
    if (isWithheld(snapshot, node)) return this.#notFound(parsed.segments, located, trace);
    if (resolution.kind === "gone") return this.#gone(snapshot, node, parsed.segments.at(-1)!);
    if (!rootIsCurrent || !resolution.current)
      return createRedirect(302, formatPath(snapshot.path(node), parsed.view) + parsed.query, "no-cache");
    if (!parsed.canonical) return createRedirect(308, formatPath(parsed.segments, parsed.view) + parsed.query, "max-age=3600");
    if (trace.standsIn) throw away();
    if (parsed.view !== "") {
      trace.isForPages = false;
      return createView(this.#services, snapshot, node, parsed.view, parsed.query, trace);
    }

    const { rendered } = await trips.content(snapshot.contentHash(node));
    trace.did("content");
    return new FinishedPage(renderPage(assemblePage(snapshot, node, rendered, this.#publicUrl)), PAGE_HEADERS, current);
  }

  async #notFound(segments: readonly string[], located: Located | undefined, trace: Trace): Promise<Reply> {
    const path = `/${segments.join("/")}`;
    if (located === undefined) {
      const { trips } = await this.#readLibrary(trace);
      const alike = suggestNames(segments[0] ?? "", trips, (trip) => trip.slug);
      const suggestions = alike.map((trip) => ({ title: trip.title, href: formatPath([trip.slug]) }));
      return createPageReply(404, renderNotFound({ path, nearest: null, suggestions, reason: "unknown" }));
    }
    const { snapshot } = located.current;
    const { resolution } = located;
    const ways = this.#waysOn(snapshot, resolution.kind === "none" ? resolution.nearest : resolution.node, segments.at(-1)!);
    return createPageReply(404, renderNotFound({ path, ...ways, reason: "unknown" }));
  }

  #gone(snapshot: Snapshot, node: NodeIndex, name: string): Reply {
    return createPageReply(
      410,
      renderGone({
        title: snapshot.title(node),
        tripTitle: node === 0 ? null : snapshot.title(0),
        deletedAt: snapshot.deletedAt(node) ?? new Date(0),
        ...this.#waysOn(snapshot, node, name),
      }),
    );
  }

  /** Where to go instead: the nearest page on the way, and pages with a name like the one that was asked for. */
  #waysOn(snapshot: Snapshot, way: NodeIndex, name: string): Pick<NotFoundModel, "nearest" | "suggestions"> {
    let at = way;
    while (at !== -1 && !snapshot.isVisible(at)) at = snapshot.parent(at);
    const nearest = at === -1 ? null : linkTo(snapshot, at);
    return { nearest, suggestions: suggestPages(snapshot, name).filter(({ href }) => href !== nearest?.href) };
  }

  // Cards

  /** @param name what stands behind `/c/`, folded; a code with `+` shows where it leads before going there */
  async #card(name: string, counts: boolean, trace: Trace): Promise<Reply> {
    trace.isForPages = false;
    const preview = name.endsWith("+");
    const parsed = parseCardCode(preview ? name.slice(0, -1) : name);
    // As it is printed, to be compared with the card.
    const refuse = (reason: NotFoundModel["reason"]) =>
      createPageReply(404, renderNotFound({ path: `/c/${name.toUpperCase()}`, nearest: null, suggestions: [], reason }));
    if (!parsed.ok) return refuse(parsed.reason === "check" ? "card-code-invalid" : "card-malformed");
    const { cards, trips } = this.#services;
    const { code } = parsed;
    const target = cards.recall(code) ?? (await this.#fromDatabase(trace, () => cards.find(code)));
    trace.did("trip");
    if (target === undefined) return refuse("card-unknown");
    const current = await trips.snapshot(target.tripId);
    trace.did("structure");
    if (current !== undefined) this.#weigh(current, trace);
    const node = current?.snapshot.findById(target.nodeId) ?? -1;
    if (current === undefined || node === -1) return refuse("card-unknown");
    if (counts && !preview) cards.countScan(code);
    const { snapshot } = current;
    const living = snapshot.isAlive(node) ? node : snapshot.successorOf(node);
    const isHidden = isWithheld(snapshot, living === -1 ? node : living);
    trace.did("resolve");
    if (isHidden) return refuse("not-published");
    if (living === -1) return this.#gone(snapshot, node, slugify(snapshot.title(node)));
    const href = hrefOf(snapshot, living);
    if (!preview) return createRedirect(302, href, "no-store");
    const trail = snapshot.ancestors(living).map((ancestor) => linkTo(snapshot, ancestor));
    const address = `/${snapshot.path(living).join("/")}`;
    return createPageReply(200, renderCardPreview({ code, title: snapshot.title(living), trail, href, address }), {
      "cache-control": "no-store",
    });
  }

  // The rest

  async #asset(path: string, trace: Trace): Promise<Reply> {
    trace.isForPages = false;
    const [, hash = "", name = ""] = /^\/assets\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    const find = () => this.#fromDatabase(trace, () => findAsset(this.#services.database.db, hash));
    const asset = isContentHash(hash) ? await find() : undefined;
    trace.did("content");
    if (asset === undefined) return this.#notFound(["assets", hash], undefined, trace);
    trace.source = "database";
    return createReply(
      200,
      {
        ...assetHeaders({ mediaType: asset.mediaType, name: safeDecode(name) }),
        "cache-control": "public, max-age=31536000, immutable",
        etag: `"${hash}"`,
      },
      asset.bytes,
    );
  }

  /** Whether the database can be heard at all: if not, only what is in memory answers. Costs nothing during a lease. */
  async #hearDatabase(trace: Trace): Promise<void> {
    const { freshness } = this.#services;
    if (freshness.clock.now() < freshness.leaseUntil) return;
    await freshness.renew().catch(() => {
      trace.standsIn = true;
    });
    trace.did("wait");
  }

  /** For what is read past the cache, and is nowhere but there. */
  #fromDatabase<T>(trace: Trace, read: () => Promise<T>): Promise<T> {
    return trace.standsIn ? Promise.reject(away()) : read();
  }

  /** Notes where what the answer is made of came from, and whether it only stands in. What an edit has overtaken meanwhile does not. */
  #weigh(current: Provenance & { readonly source: Source }, trace: Trace): void {
    const { freshness } = this.#services;
    trace.source = current.source;
    trace.standsIn ||= !freshness.isCurrent(current) && freshness.mayStandIn(current);
  }

  async #readLibrary(trace: Trace): Promise<CurrentLibrary> {
    const library = await this.#services.trips.library();
    trace.did("trip");
    this.#weigh(library, trace);
    return library;
  }

  async #library(trace: Trace): Promise<FinishedPage> {
    const { trips, ...provenance } = await this.#readLibrary(trace);
    const model = {
      canonicalUrl: `${this.#publicUrl}/`,
      trips: trips.map(({ slug, direction, ...trip }) => ({ ...trip, direction: direction ?? ("ltr" as const), href: formatPath([slug]) })),
    };
    return new FinishedPage(renderLibrary(model), PAGE_HEADERS, provenance);
  }

  async #sitemapIndex(trace: Trace): Promise<FinishedPage> {
    const { trips, ...provenance } = await this.#readLibrary(trace);
    const urls = trips.map((trip) => `${this.#publicUrl}/-/sitemap/${trip.id}.xml`);
    return new FinishedPage(renderSitemapIndex(urls), SITEMAP_HEADERS, provenance);
  }

  async #sitemap(tripId: number, trace: Trace): Promise<Answer> {
    const current = await this.#services.trips.snapshot(tripId);
    trace.did("structure");
    if (current !== undefined) this.#weigh(current, trace);
    if (current === undefined || !current.snapshot.isIndexable(0)) return this.#notFound(["-", "sitemap"], undefined, trace);
    const { snapshot } = current;
    // What is more than one file may hold is found by the links of its pages.
    const entries = Array.from({ length: snapshot.size }, (_, node) => node)
      .filter((node) => snapshot.isIndexable(node))
      .slice(0, SITEMAP_LIMIT)
      .map((node) => ({ url: this.#publicUrl + hrefOf(snapshot, node) }));
    return new FinishedPage(renderSitemap(entries), SITEMAP_HEADERS, current);
  }

  #robots(trace: Trace): Reply {
    trace.isForPages = false;
    const text = renderRobots(this.#publicUrl);
    const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", "cache-control": "no-cache" };
    return createReply(200, { ...headers, etag: formatEtag(text) }, text);
  }

  #favicon(trace: Trace): Reply {
    trace.isForPages = false;
    const headers = { ...assetHeaders({ mediaType: "image/svg+xml" }), "cache-control": "max-age=86400" };
    return createReply(200, { ...headers, etag: formatEtag(FAVICON_SVG) }, FAVICON_SVG);
  }
}

function away(): QRCardsError {
  return new QRCardsError("database-unavailable", "The database does not answer.");
}

/** A draft, or below one. Unlike `isVisible` it can be asked of what was deleted, whose title is no less of a secret. */
function isWithheld(snapshot: Snapshot, node: NodeIndex): boolean {
  for (let at = node; at !== -1; at = snapshot.parent(at)) if (snapshot.state(at) === "draft") return true;
  return false;
}

/** For what is only shown or compared: a broken escape stays as it was written. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

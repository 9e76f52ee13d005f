import { createHash } from "node:crypto";
import { parseCardCode } from "../cards/card-code.ts";
import { assetHeaders } from "../http/security-headers.ts";
import { assemblePage, hrefOf, linkTo } from "../pages/assemble.ts";
import { renderCardPreview } from "../pages/card-preview.ts";
import { FAVICON_SVG } from "../pages/favicon.ts";
import { renderGone } from "../pages/gone.ts";
import { renderLibrary } from "../pages/library.ts";
import { renderNotFound } from "../pages/not-found.ts";
import { renderPage } from "../pages/page.ts";
import { renderRobots, renderSitemap, renderSitemapIndex } from "../pages/sitemap.ts";
import type { NotFoundModel } from "../pages/types.ts";
import { formatPath, parseTarget } from "../paths/parse-target.ts";
import { QRCardsError } from "../errors.ts";
import type { Services } from "../services.ts";
import { isContentHash } from "../trips/content-hash.ts";
import { findAsset } from "../trips/repository.ts";
import type { Snapshot } from "../trips/snapshot.ts";
import { FinishedPage } from "./finished-page.ts";
import { type Located, locate } from "./locate.ts";
import { createPageReply, createRedirect, createReply, PAGE_HEADERS, type Reply } from "./reply.ts";
import { suggestNames, suggestPages } from "./suggestions.ts";
import { createView } from "./views.ts";

/** What a reader gets for a target: a page that may be kept, or an answer for this once. */
export type Answer = FinishedPage | Reply;

/** Answers every public address. Knows nothing of sockets; throws what `http/problem` turns into a status. */
export class PublicSite {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async answer(target: string): Promise<Answer> {
    const question = target.indexOf("?");
    const path = question === -1 ? target : target.slice(0, question);
    const card = /^\/c\/(.*)$/i.exec(path);
    if (card) return this.#card(card[1]!);
    if (path.startsWith("/assets/")) return this.#asset(path);
    if (path === "/") return this.#library();
    if (path === "/robots.txt") return this.#text("text/plain; charset=utf-8", renderRobots(this.#publicUrl));
    if (path === "/sitemap.xml") return this.#sitemapIndex();
    if (path === "/favicon.ico")
      return createReply(200, { ...assetHeaders({ mediaType: "image/svg+xml" }), "cache-control": "max-age=86400" }, FAVICON_SVG);
    const sitemap = /^\/-\/sitemap\/([1-9]\d{0,9})\.xml$/.exec(path);
    if (sitemap) return this.#sitemap(Number(sitemap[1]));
    return this.#node(target);
  }

  get #publicUrl(): string {
    return this.#services.config.publicUrl;
  }

  // Pages of trips

  async #node(target: string): Promise<Answer> {
    const parsed = parseTarget(target);
    if (parsed.kind === "refused") throw new QRCardsError(parsed.status === 414 ? "target-too-long" : "bad-target", parsed.reason);
    if (parsed.kind === "impossible") return this.#notFound(parsed.segments, undefined);
    // `//` and the like: another spelling of the library.
    if (parsed.segments.length === 0) return createRedirect(308, `/${parsed.query}`, "max-age=3600");

    const located = await locate(this.#services.trips, parsed.segments);
    if (located === undefined || located.resolution.kind === "none") return this.#notFound(parsed.segments, located);
    const { current, resolution, rootIsCurrent } = located;
    const { snapshot } = current;
    if (resolution.kind === "gone") return this.#gone(snapshot, resolution.node, parsed.segments);
    if (!snapshot.isVisible(resolution.node)) return this.#notFound(parsed.segments, located);
    if (!rootIsCurrent || !resolution.current)
      return createRedirect(302, formatPath(snapshot.path(resolution.node), parsed.view) + parsed.query, "no-cache");
    if (!parsed.canonical) return createRedirect(308, formatPath(parsed.segments, parsed.view) + parsed.query, "max-age=3600");
    if (parsed.view !== "") return createView(this.#services, snapshot, resolution.node, parsed.view, parsed.query);

    const { rendered } = await this.#services.trips.content(snapshot.contentHash(resolution.node));
    return new FinishedPage(renderPage(assemblePage(snapshot, resolution.node, rendered, this.#publicUrl)), PAGE_HEADERS, current);
  }

  async #notFound(segments: readonly string[], located: Located | undefined, reason: NotFoundModel["reason"] = "unknown"): Promise<Reply> {
    const path = formatPath(segments);
    if (located === undefined) {
      const { trips } = await this.#services.trips.library();
      const alike = suggestNames(segments[0] ?? "", trips, (trip) => trip.slug);
      const suggestions = alike.map((trip) => ({ title: trip.title, href: formatPath([trip.slug]) }));
      return createPageReply(404, renderNotFound({ path, nearest: null, suggestions, reason }));
    }
    const { snapshot } = located.current;
    const { resolution } = located;
    const way = resolution.kind === "none" ? resolution.nearest : resolution.node;
    const nearest = nearestVisible(snapshot, way);
    const suggestions = suggestPages(snapshot, segments).filter((link) => link.href !== (nearest === -1 ? "" : hrefOf(snapshot, nearest)));
    return createPageReply(404, renderNotFound({ path, nearest: nearest === -1 ? null : linkTo(snapshot, nearest), suggestions, reason }));
  }

  #gone(snapshot: Snapshot, node: number, segments: readonly string[]): Reply {
    const nearest = nearestVisible(snapshot, node);
    return createPageReply(
      410,
      renderGone({
        title: snapshot.title(node),
        tripTitle: snapshot.title(0),
        deletedAt: snapshot.deletedAt(node) ?? new Date(0),
        nearest: nearest === -1 ? null : linkTo(snapshot, nearest),
        suggestions: snapshot.isAlive(0) ? suggestPages(snapshot, segments) : [],
      }),
    );
  }

  // Cards

  async #card(rest: string): Promise<Reply> {
    const preview = rest.endsWith("+") || /%2B$/i.test(rest);
    const parsed = parseCardCode(safeDecode(rest.replace(/(\+|%2B|\/)$/i, "")));
    const { cards, trips } = this.#services;
    if (!parsed.ok) return this.#notFound(["c", rest], undefined, parsed.reason === "check" ? "card-code-invalid" : "card-unknown");
    const target = await cards.find(parsed.code);
    const current = target && (await trips.snapshot(target.tripId));
    if (target === undefined || current === undefined) return this.#notFound(["c", parsed.code], undefined, "card-unknown");
    const { snapshot } = current;
    const node = snapshot.findById(target.nodeId);
    if (node === -1) return this.#notFound(["c", parsed.code], undefined, "card-unknown");
    const living = snapshot.isAlive(node) ? node : snapshot.successorOf(node);
    if (!preview) cards.countScan(parsed.code);
    if (living === -1) return this.#gone(snapshot, node, [snapshot.segment(node)]);
    if (!snapshot.isVisible(living)) return this.#notFound(["c", parsed.code], undefined, "not-published");
    if (preview) {
      const trail = [...snapshot.ancestors(living)].map((ancestor) => linkTo(snapshot, ancestor));
      return createPageReply(
        200,
        renderCardPreview({ code: parsed.code, title: snapshot.title(living), trail, href: hrefOf(snapshot, living) }),
        { "cache-control": "no-store" },
      );
    }
    return createRedirect(302, hrefOf(snapshot, living), "no-store");
  }

  // The rest

  async #asset(path: string): Promise<Reply> {
    const [, hash = "", name = ""] = /^\/assets\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    const asset = isContentHash(hash) ? await findAsset(this.#services.database.db, hash) : undefined;
    if (asset === undefined) return this.#notFound(["assets", hash], undefined);
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

  async #library(): Promise<FinishedPage> {
    const { trips, ...provenance } = await this.#services.trips.library();
    const model = {
      canonicalUrl: `${this.#publicUrl}/`,
      trips: trips.map(({ slug, direction, ...trip }) => ({ ...trip, direction: direction ?? ("ltr" as const), href: formatPath([slug]) })),
    };
    return new FinishedPage(renderLibrary(model), PAGE_HEADERS, provenance);
  }

  async #sitemapIndex(): Promise<Reply> {
    const { trips } = await this.#services.trips.library();
    return this.#text(
      "application/xml; charset=utf-8",
      renderSitemapIndex(trips.map((trip) => `${this.#publicUrl}/-/sitemap/${trip.id}.xml`)),
    );
  }

  async #sitemap(tripId: number): Promise<Reply> {
    const current = await this.#services.trips.snapshot(tripId);
    const { snapshot } = current ?? {};
    if (snapshot === undefined || !snapshot.isIndexable(0)) return this.#notFound(["-", "sitemap"], undefined);
    const entries = Array.from({ length: snapshot.size }, (_, node) => node)
      .filter((node) => snapshot.isIndexable(node))
      .map((node) => ({ url: this.#publicUrl + hrefOf(snapshot, node) }));
    return this.#text("application/xml; charset=utf-8", renderSitemap(entries));
  }

  #text(mediaType: string, text: string): Reply {
    const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
    return createReply(200, { "content-type": mediaType, "x-content-type-options": "nosniff", "cache-control": "no-cache", etag }, text);
  }
}

function nearestVisible(snapshot: Snapshot, node: number): number {
  for (let at = node; at !== -1; at = snapshot.parent(at)) if (snapshot.isVisible(at)) return at;
  return -1;
}

/** For what is only shown or compared: a broken escape stays as it was written. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { cardUrl } from "../cards/card-url.ts";
import { renderQrPng, renderQrSvg } from "../cards/qr-image.ts";
import { parseQrQuery } from "../cards/qr-query.ts";
import { formatEtag } from "../http/conditional.ts";
import { assetHeaders, type Headers, jsonHeaders } from "../http/security-headers.ts";
import { assemblePage } from "../pages/assemble.ts";
import type { PageModel } from "../pages/types.ts";
import type { View } from "../paths/parse-target.ts";
import type { Services } from "../services.ts";
import { assetHref } from "../trips/asset-service.ts";
import type { NodeIndex, Snapshot } from "../trips/snapshot.ts";
import { createReply, type Reply } from "./reply.ts";
import type { Trace } from "./trace.ts";

/** A node in one of its other forms: the same content for other readers. */
export async function createView(
  services: Services,
  snapshot: Snapshot,
  node: NodeIndex,
  view: Exclude<View, "">,
  query: string,
  trace: Trace,
): Promise<Reply> {
  const { config, trips, cards } = services;
  const reply = (headers: Headers, body: Uint8Array | string) =>
    createReply(
      200,
      {
        ...headers,
        "cache-control": "no-cache",
        etag: formatEtag(body),
        // What is a `meta` element in a page.
        ...(!snapshot.isIndexable(node) && { "x-robots-tag": "noindex" }),
      },
      body,
    );
  if (view === ".qr.svg" || view === ".qr.png") {
    const options = parseQrQuery(query);
    const { code } = await cards.cardOf(snapshot.id(node));
    trace.did("content");
    const text = cardUrl(config.publicUrl, code);
    const name = `${snapshot.segment(node) || snapshot.slug}${view}`;
    return view === ".qr.svg"
      ? reply(assetHeaders({ mediaType: "image/svg+xml", name }), renderQrSvg(text, { ...options, title: snapshot.title(node) }))
      : reply(assetHeaders({ mediaType: "image/png", name }), renderQrPng(text, options));
  }
  const { body, rendered } = await trips.content(snapshot.contentHash(node));
  trace.did("content");
  const page = assemblePage(snapshot, node, rendered, config.publicUrl);
  if (view === ".md") return reply(MARKDOWN_HEADERS, formatMarkdown(page, body, config.publicUrl));
  return reply(jsonHeaders(), JSON.stringify(formatJson(snapshot, node, page, body, config.publicUrl), null, 2));
}

const MARKDOWN_HEADERS: Headers = { "x-content-type-options": "nosniff", "content-type": "text/markdown; charset=utf-8" };

/** The page's text with its title, every link and image absolute: readable wherever it is taken. */
function formatMarkdown(page: PageModel, body: string, publicUrl: string): string {
  const text = body
    .replace(/\bnode:([0-9a-hjkmnp-tv-z]{12})/g, (slot, id: string) => {
      const href = page.hrefOf(id);
      return href === null ? slot : publicUrl + href;
    })
    .replace(
      /\basset:([\w-]{27})\/([^\s)"'>?]+)(?:\?w=\d+&h=\d+)?/g,
      (_, hash: string, name: string) => publicUrl + assetHref(hash, decodeURIComponent(name)),
    );
  return /^#\s/.test(text) ? text : `# ${page.title}\n\n${text}`;
}

function formatJson(snapshot: Snapshot, node: NodeIndex, page: PageModel, markdown: string, publicUrl: string) {
  const link = ({ title, href }: { title: string; href: string }) => ({ title, path: href, url: publicUrl + href });
  return {
    id: page.nodeId,
    title: page.title,
    path: page.href,
    url: page.canonicalUrl,
    language: page.language,
    direction: page.direction,
    state: snapshot.state(node),
    trip: { id: snapshot.tripId, version: snapshot.version, ...link({ title: page.tripTitle, href: page.tripHref }) },
    breadcrumbs: page.breadcrumbs.map(link),
    previous: page.previous && link(page.previous),
    next: page.next && link(page.next),
    children: page.children.map((child) => ({ ...link(child), descendants: child.descendants })),
    description: page.content.excerpt,
    headings: page.content.headings,
    markdown,
  };
}

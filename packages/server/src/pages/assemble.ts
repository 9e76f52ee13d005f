import { formatPath } from "../paths/parse-target.ts";
import type { NodeIndex, Snapshot } from "../trips/snapshot.ts";
import type { OutlineEntry, PageLink, PageModel, RenderedContent } from "./types.ts";

/** Children listed on a page; more are counted. */
const CHILDREN_LIMIT = 500;
/** Siblings listed around a page in the outline. */
const OUTLINE_SIBLINGS = 25;

/** A page from a structure and a content, without I/O. `publicUrl` has no slash at its end. */
export function assemblePage(snapshot: Snapshot, node: NodeIndex, content: RenderedContent, publicUrl: string): PageModel {
  const href = hrefOf(snapshot, node);
  const children = snapshot.listedChildren(node);
  const neighbour = (other: NodeIndex): PageLink | null => (other === -1 ? null : linkTo(snapshot, other));
  return {
    nodeId: snapshot.id(node),
    title: snapshot.title(node),
    tripTitle: snapshot.title(0),
    tripHref: hrefOf(snapshot, 0),
    language: snapshot.language(node),
    direction: snapshot.direction(node),
    breadcrumbs: snapshot.ancestors(node).map((ancestor) => linkTo(snapshot, ancestor)),
    previous: neighbour(snapshot.previous(node)),
    next: neighbour(snapshot.next(node)),
    children: children
      .slice(0, CHILDREN_LIMIT)
      .map((child) => ({ ...linkTo(snapshot, child), descendants: snapshot.listedDescendants(child) })),
    moreChildren: Math.max(0, children.length - CHILDREN_LIMIT),
    outline: outline(snapshot, node),
    content,
    canonicalUrl: publicUrl + href,
    href,
    indexable: snapshot.isIndexable(node),
    hrefOf: (id) => {
      const target = snapshot.findById(id);
      return target !== -1 && snapshot.isVisible(target) ? hrefOf(snapshot, target) : null;
    },
  };
}

/** Root-relative and percent-encoded. */
export function hrefOf(snapshot: Snapshot, node: NodeIndex): string {
  return formatPath(snapshot.path(node));
}

export function linkTo(snapshot: Snapshot, node: NodeIndex): PageLink {
  return { title: snapshot.title(node), href: hrefOf(snapshot, node) };
}

/** The chapters, and below them the way to the page with what stands around it: enough to see where one is, whatever the trip's size. */
function outline(snapshot: Snapshot, node: NodeIndex): OutlineEntry[] {
  const way = [...snapshot.ancestors(node), node];
  const entries: OutlineEntry[] = [];
  const list = (parent: NodeIndex, depth: number) => {
    const onTheWay = way[depth];
    for (const child of around(snapshot.listedChildren(parent), onTheWay)) {
      const leadsHere = child === onTheWay;
      entries.push({ ...linkTo(snapshot, child), depth, current: child === node, ancestor: leadsHere && child !== node });
      if (leadsHere) list(child, depth + 1);
    }
  };
  list(0, 1);
  return entries;
}

/** At most `OUTLINE_SIBLINGS` of them: those around the one, or the first. */
function around(siblings: readonly NodeIndex[], one: NodeIndex | undefined): readonly NodeIndex[] {
  const at = one === undefined ? -1 : siblings.indexOf(one);
  const start = Math.max(0, Math.min(at - Math.floor(OUTLINE_SIBLINGS / 2), siblings.length - OUTLINE_SIBLINGS));
  return siblings.slice(start, start + OUTLINE_SIBLINGS);
}

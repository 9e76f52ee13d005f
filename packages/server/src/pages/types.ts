import type { Direction, NodeId } from "../trips/types.ts";

/** One heading of a page, for its table of contents. */
export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly text: string;
}

/**
 * Markdown made into HTML, once for each content and renderer version. Links to nodes are still slots
 * (`href="node:ID#fragment"`): page assembly fills them from today's structure.
 */
export interface RenderedContent {
  readonly html: string;
  readonly headings: readonly Heading[];
  /** Plain text of the first paragraph, at most 200 characters, for descriptions. */
  readonly excerpt: string;
  /** Ids of the nodes linked to, each once. */
  readonly links: readonly NodeId[];
  /** Address of the first image, or null. */
  readonly image: string | null;
  /** Present when the source could not be rendered within the limits and stands here as plain text. Worth another try later. */
  readonly fallback?: true;
}

export interface PageLink {
  readonly title: string;
  /** Root-relative, percent-encoded. */
  readonly href: string;
}

export interface PageChild extends PageLink {
  /** How many listed pages lie below it. */
  readonly descendants: number;
}

/** An entry of the sidebar: ancestors, and some siblings and children around the page. */
export interface OutlineEntry extends PageLink {
  readonly depth: number;
  readonly current: boolean;
  /** An ancestor of the page (open in the outline). */
  readonly ancestor: boolean;
}

/** Everything a page needs; made from one structure snapshot and one content, without I/O. */
export interface PageModel {
  readonly nodeId: NodeId;
  readonly title: string;
  readonly tripTitle: string;
  readonly tripHref: string;
  readonly language: string;
  readonly direction: Direction;
  /** From the trip's page down to the parent. Empty on the trip's page. */
  readonly breadcrumbs: readonly PageLink[];
  readonly previous: PageLink | null;
  readonly next: PageLink | null;
  readonly children: readonly PageChild[];
  /** Listed children beyond `children` (a chapter with thousands of pages lists the first ones). */
  readonly moreChildren: number;
  readonly outline: readonly OutlineEntry[];
  readonly content: RenderedContent;
  /** Absolute, from PUBLIC_URL. */
  readonly canonicalUrl: string;
  /** Root-relative address of the page, without a view's extension. */
  readonly href: string;
  /** False for unlisted pages: `noindex`. */
  readonly indexable: boolean;
  /** Address for a slot `node:ID`, or null when that node is gone or not visible. */
  readonly hrefOf: (id: NodeId) => string | null;
}

export interface LibraryEntry extends PageLink {
  readonly language: string;
  readonly direction: Direction;
  readonly description: string;
}

export interface LibraryModel {
  readonly canonicalUrl: string;
  readonly trips: readonly LibraryEntry[];
}

/** A path that leads nowhere: where the reader may have wanted to go. */
export interface NotFoundModel {
  /** As people read it: not percent-encoded. */
  readonly path: string;
  /** The deepest page of the address that exists, if any. */
  readonly nearest: PageLink | null;
  readonly suggestions: readonly PageLink[];
  /** Says why, where that helps: a card code with a misread character, a page that is not published yet. */
  readonly reason: "unknown" | "card-malformed" | "card-code-invalid" | "card-unknown" | "not-published";
}

/** A page that was here and was deleted. */
export interface GoneModel {
  readonly title: string;
  /** Null when it was the trip itself. */
  readonly tripTitle: string | null;
  readonly deletedAt: Date;
  readonly nearest: PageLink | null;
  readonly suggestions: readonly PageLink[];
}

/** `/c/{code}+`: where a card leads, before going there. */
export interface CardPreviewModel {
  readonly code: string;
  readonly title: string;
  readonly trail: readonly PageLink[];
  readonly href: string;
  /** The same as people read it: not percent-encoded. */
  readonly address: string;
}

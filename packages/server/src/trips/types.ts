/** Who may see a node: nobody without a token, whoever has the address or a card, everybody. A child is never more visible than its parents. */
export type NodeState = "draft" | "unlisted" | "public";
export const NODE_STATES: readonly NodeState[] = ["draft", "unlisted", "public"];

export type Direction = "ltr" | "rtl";

/** 12 lower-case Crockford base-32 characters (60 random bits). Never changes, never reused. */
export type NodeId = string;
/** A small number, 1 and up. */
export type TripId = number;
/** base64url of the first 20 bytes of the SHA-256 of the bytes: 27 characters. */
export type ContentHash = string;

/**
 * What a node's body may hold beside ordinary Markdown:
 * - `[text](node:ID)` and `[text](node:ID#fragment)`: a link to a node, wherever it is today.
 * - `![alt](asset:HASH/name.png?w=640&h=480)`: an asset of the trip, with its size in CSS pixels where it is known.
 */
export interface TripNode {
  readonly id: NodeId;
  readonly tripId: TripId;
  /** null for the trip's own page, the root. */
  readonly parentId: NodeId | null;
  /** The node's name in its place; null while it is deleted, "" for the root (whose name is the trip's slug). */
  readonly segment: string | null;
  /** Whether the author chose the segment; an automatic one may be made again from a new title. */
  readonly slugIsExplicit: boolean;
  readonly position: number;
  readonly title: string;
  readonly contentHash: ContentHash;
  readonly state: NodeState;
  /** BCP 47; null inherits from the parent. The root always has one. */
  readonly language: string | null;
  readonly direction: Direction | null;
  /** Raised by each edit of this node; an edit that names an older one is refused. */
  readonly revision: number;
  /** Raised when its children come, go or change order. */
  readonly childrenRevision: number;
  /** Where an import found it (e.g. `ch01/intro.md`), null for nodes made by hand. */
  readonly sourcePath: string | null;
}

export interface Trip {
  readonly id: TripId;
  readonly slug: string;
  readonly rootId: NodeId;
  readonly version: number;
  readonly stamp: string;
}

/** Where the database stood after an edit's commit. */
export interface EditReceipt {
  readonly tripId: TripId;
  readonly version: number;
  readonly stamp: string;
}

/** Markdown of one file as an import wants it stored. */
export interface PlannedNode {
  /** Unique in the plan: the source path for file formats. The root's key is "". */
  readonly key: string;
  /** Key of the parent; null only for the root. */
  readonly parentKey: string | null;
  /** An id the source claims (our own export, front matter `id:`): kept where it is free or already this trip's. */
  readonly id?: NodeId;
  readonly title: string;
  /** The source names none, and this is only its file's or folder's name: a page that is there already keeps its title. */
  readonly titleIsGuess?: true;
  /** The author's own slug (front matter); else one is made from `slugSource`, else from the title. */
  readonly slug?: string;
  readonly slugSource?: string;
  /** Markdown. Links to planned nodes are `plan:` + encodeURIComponent(key) + optional `#fragment`; they become `node:` links when ids are known. */
  readonly body: string;
  readonly state: NodeState;
  readonly language?: string;
  readonly direction?: Direction;
  /** Former places of this node, each a list of segments below the trip's root: they become history. */
  readonly aliases: readonly (readonly string[])[];
}

export interface PlannedAsset {
  readonly hash: ContentHash;
  readonly filename: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly width: number | null;
  readonly height: number | null;
}

/** What a reader of one format makes of a source; `trips/service` applies it in one transaction. Nodes are in reading order, the root first, parents before children. */
export interface ImportPlan {
  readonly format: "mdbook" | "folder" | "json";
  readonly trip: {
    readonly slug: string;
    readonly title: string;
    readonly language: string;
    readonly direction: Direction;
    readonly state: NodeState;
  };
  readonly nodes: readonly PlannedNode[];
  readonly assets: readonly PlannedAsset[];
  readonly notes: readonly ImportNote[];
}

/** One line of the import report. */
export interface ImportNote {
  readonly kind:
    | "missing-include"
    | "missing-file"
    | "missing-image"
    | "unresolved-link"
    | "unknown-directive"
    | "collision"
    | "title-source"
    | "redirect-ignored"
    | "asset-refused"
    | "front-matter-ignored"
    | "part-title"
    | "preprocessor-ignored"
    | "encoding"
    | "left-out"
    | "truncated";
  /** Source file, relative to the import's root. */
  readonly file: string;
  /** 1-based, where known. */
  readonly line?: number;
  readonly message: string;
}

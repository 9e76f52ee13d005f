import type { ContentHash, Direction, NodeId, NodeState } from "../../trips/types.ts";

/**
 * Everything that a trip is, as plain data: what `qrcards-trip/1` holds. Instants are milliseconds since 1970. Two exports
 * that are deeply equal are the same trip.
 */
export interface TripExport {
  readonly format: "qrcards-trip/1";
  readonly trip: { readonly slug: string; readonly rootId: NodeId };
  /** Living and deleted ones, parents before their children. */
  readonly nodes: readonly ExportedNode[];
  /** Past places below the trip. */
  readonly names: readonly { readonly parentId: NodeId; readonly segment: string; readonly nodeId: NodeId; readonly retiredAt: number }[];
  /** Past slugs of the trip. */
  readonly rootNames: readonly { readonly slug: string; readonly retiredAt: number }[];
  /** One for each node that was deleted itself; what lies below such a node is deleted with it. */
  readonly tombstones: readonly {
    readonly nodeId: NodeId;
    readonly segment: string;
    readonly deletedAt: number;
    readonly successorId: NodeId | null;
  }[];
  readonly cards: readonly { readonly code: string; readonly nodeId: NodeId; readonly scans: number; readonly createdAt: number }[];
  readonly assets: readonly ExportedAsset[];
}

export interface ExportedNode {
  readonly id: NodeId;
  /** Null for the root alone. */
  readonly parentId: NodeId | null;
  /** "" for the root, null for a node that was deleted itself. */
  readonly segment: string | null;
  readonly slugIsExplicit: boolean;
  readonly position: number;
  readonly title: string;
  /** Markdown, with `node:` and `asset:` addresses. */
  readonly body: string;
  readonly state: NodeState;
  readonly language: string | null;
  readonly direction: Direction | null;
  readonly revision: number;
  readonly sourcePath: string | null;
}

export interface ExportedAsset {
  readonly hash: ContentHash;
  /** The names that the trip knows it by; at least one. */
  readonly filenames: readonly string[];
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly width: number | null;
  readonly height: number | null;
}

import type { ContentHash, Direction, NodeId, NodeState } from "../../trips/types.ts";

/**
 * Everything that a trip is, as plain data: what `qrcards-trip/1` holds. Two exports that are deeply equal are the same trip.
 *
 * Instants (`...At`) are milliseconds since 1970. `standsSince`, `namedSince`, `heldFrom` and `heldUntil` count the trip's
 * own moments of change, from 1 on: they say which places were held together. A past place from before the trip's time
 * (an alias that an import brought) has 0 for both.
 */
export interface TripExport {
  readonly format: "qrcards-trip/1";
  readonly trip: { readonly slug: string; readonly rootId: NodeId; readonly namedSince: number };
  /** Living and deleted ones, parents before their children. */
  readonly nodes: readonly ExportedNode[];
  /** Past places below the trip. */
  readonly names: readonly ({ readonly parentId: NodeId; readonly segment: string; readonly nodeId: NodeId } & ExportedStay)[];
  /** Past slugs of the trip. */
  readonly rootNames: readonly ({ readonly slug: string } & ExportedStay)[];
  /** One for each node that was deleted itself (`segment` is "" for the root); what lies below such a node is deleted with it. */
  readonly tombstones: readonly {
    readonly nodeId: NodeId;
    readonly segment: string;
    readonly deletedAt: number;
    readonly successorId: NodeId | null;
  }[];
  readonly cards: readonly { readonly code: string; readonly nodeId: NodeId; readonly scans: number; readonly createdAt: number }[];
  readonly assets: readonly ExportedAsset[];
}

/** From one change up to, not with, another. */
export interface ExportedStay {
  readonly heldFrom: number;
  readonly heldUntil: number;
  readonly retiredAt: number;
}

export interface ExportedNode {
  readonly id: NodeId;
  /** Null for the root alone. */
  readonly parentId: NodeId | null;
  /** "" for the root, null for any other node that was deleted itself. */
  readonly segment: string | null;
  readonly slugIsExplicit: boolean;
  readonly standsSince: number;
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

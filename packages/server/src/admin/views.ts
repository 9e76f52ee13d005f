import type { Card } from "../cards/card-service.ts";
import { cardUrl } from "../cards/card-url.ts";
import type * as contract from "../contract/index.ts";
import { formatPath } from "../paths/parse-target.ts";
import type { StoredAsset } from "../trips/asset-service.ts";
import type { NodeRecord } from "../trips/node-record.ts";
import type { TripSummary } from "../trips/repository.ts";
import type { NodeId, TripId } from "../trips/types.ts";

/** What is ours, in the contract's words. */

export function viewTrip(trip: TripSummary, publicUrl: string): contract.Trip {
  const path = formatPath([trip.slug]);
  return {
    id: trip.id,
    slug: trip.slug,
    rootId: trip.rootId,
    title: trip.title,
    state: trip.state,
    language: trip.language,
    direction: trip.direction,
    revision: trip.revision,
    childrenRevision: trip.childrenRevision,
    version: trip.version,
    pages: trip.pages,
    path,
    url: publicUrl + path,
    deleted: trip.deleted,
  };
}

export function viewNode({ node, line, living, tripSlug, deletion, createdAt, updatedAt }: NodeRecord, publicUrl: string): contract.Node {
  const segments = line.map((step) => step.segment ?? "");
  segments[0] = tripSlug;
  const pathOf = (index: number) => (index < living ? formatPath(segments.slice(0, index + 1)) : null);
  const path = pathOf(line.length - 1);
  return {
    id: node.id,
    tripId: node.tripId,
    parentId: node.parentId,
    title: node.title,
    slug: node.parentId === null ? tripSlug : node.segment,
    slugIsExplicit: node.slugIsExplicit,
    state: node.state,
    language: node.language,
    direction: node.direction,
    revision: node.revision,
    childrenRevision: node.childrenRevision,
    path,
    url: path === null ? null : publicUrl + path,
    breadcrumbs: line.slice(0, -1).map(({ id, title }, index) => ({ id, title, path: pathOf(index) })),
    deletion: deletion && { ...deletion, at: deletion.at.toISOString() },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export function viewCard({ code, nodeId, scans, createdAt }: Card, publicUrl: string): contract.Card {
  return { code, nodeId, url: cardUrl(publicUrl, code), scans, createdAt: createdAt.toISOString() };
}

export function viewAsset(asset: StoredAsset): contract.Asset {
  const { hash, filename, mediaType, sizeBytes, width, height, href, markdown } = asset;
  return { hash, filename, mediaType, sizeBytes, width, height, href, markdown };
}

export const tripHref = (id: TripId): string => `/api/trips/${id}`;
export const nodeHref = (id: NodeId): string => `/api/nodes/${id}`;

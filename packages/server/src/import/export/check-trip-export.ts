import { QRCardsError } from "../../errors.ts";
import type { TripExport } from "./types.ts";

/**
 * What no field can show alone: that ids are unique and lead to nodes, that the nodes are one tree, that no two stand in
 * one place, and that what is deleted has its tombstone.
 *
 * @throws QRCardsError `import-refused`
 */
export function checkTripExport({ trip, nodes, names, tombstones, cards, assets, rootNames }: TripExport): void {
  const ids = new Set<string>();
  const places = new Set<string>();
  const deleted = new Set(tombstones.map(({ nodeId }) => nodeId));
  for (const [index, { id, parentId, segment }] of nodes.entries()) {
    const place = `nodes[${index}]`;
    if (ids.has(id)) refuse(`${place} has the id of another node, ${id}`);
    if ((parentId === null) !== (id === trip.rootId))
      refuse(`${place} has ${parentId === null ? "no parent and is not the root" : "a parent and is the root"}`);
    if (parentId !== null && !ids.has(parentId)) refuse(`${place} comes before its parent ${parentId}, or that is missing`);
    if ((segment === "") !== (parentId === null))
      refuse(`${place} has ${segment === "" ? "an empty segment" : "a segment and is the root"}`);
    // The root keeps its place: it has no name to give away.
    if (parentId !== null && (segment === null) !== deleted.has(id))
      refuse(`${place} has ${segment === null ? "no segment and no tombstone" : "a segment and a tombstone"}`);
    if (segment !== null) addOnce(places, `${parentId}/${segment}`, `${place} stands where a sibling stands, "${segment}"`);
    ids.add(id);
  }
  if (!ids.has(trip.rootId)) refuse(`trip.rootId names no node, ${trip.rootId}`);

  const requireNode = (id: string | null, place: string) => {
    if (id !== null && !ids.has(id)) refuse(`${place} names no node, ${id}`);
  };
  const seen = new Set<string>();
  for (const [index, { parentId, segment, nodeId, heldUntil }] of names.entries()) {
    requireNode(parentId, `names[${index}].parentId`);
    requireNode(nodeId, `names[${index}].nodeId`);
    addOnce(seen, `name ${parentId}/${segment} ${nodeId} ${heldUntil}`, `names[${index}] is there twice`);
  }
  for (const [index, { slug, heldUntil }] of rootNames.entries())
    addOnce(seen, `slug ${slug} ${heldUntil}`, `rootNames[${index}] is there twice`);
  for (const [index, { nodeId, successorId }] of tombstones.entries()) {
    requireNode(nodeId, `tombstones[${index}].nodeId`);
    requireNode(successorId, `tombstones[${index}].successorId`);
    addOnce(seen, `tombstone ${nodeId}`, `tombstones[${index}] is there twice`);
  }
  for (const [index, { code, nodeId }] of cards.entries()) {
    requireNode(nodeId, `cards[${index}].nodeId`);
    addOnce(seen, `card ${code}`, `cards[${index}] is there twice`);
  }
  for (const [index, { hash, filenames }] of assets.entries()) {
    addOnce(seen, `asset ${hash}`, `assets[${index}] is there twice`);
    if (new Set(filenames).size < filenames.length) refuse(`assets[${index}].filenames names one twice`);
  }
}

function addOnce(seen: Set<string>, key: string, problem: string): void {
  if (seen.has(key)) refuse(problem);
  seen.add(key);
}

function refuse(problem: string): never {
  throw new QRCardsError("import-refused", `The export cannot be read: ${problem}.`);
}

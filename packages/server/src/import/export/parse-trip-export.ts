import { isSlug } from "../../paths/slugify.ts";
import { contentHash, isContentHash } from "../../trips/content-hash.ts";
import { TITLE_LIMIT } from "../../trips/edits.ts";
import { isNodeId } from "../../trips/node-id.ts";
import { NODE_STATES, type NodeId } from "../../trips/types.ts";
import { isAssetType } from "../assets.ts";
import { checkTripExport } from "./check-trip-export.ts";
import { JsonReader, LARGEST_INTEGER } from "./json-reader.ts";
import type { ExportedAsset, ExportedNode, ExportedStay, TripExport } from "./types.ts";

export const TRIP_FORMAT = "qrcards-trip/1";

/**
 * Reads a JSON export, which may come from anywhere: its text, or what `JSON.parse` made of it.
 *
 * @throws QRCardsError `import-refused`, naming the place in the document
 */
export function parseTripExport(document: unknown): TripExport {
  const reader = typeof document === "string" ? JsonReader.parse(document) : new JsonReader(document);
  const { format, nodes, assets, ...rest } = reader.fields(["format", "nodes", "assets", ...RECORD_FIELDS]);
  format.oneOf([TRIP_FORMAT]);
  const trip: TripExport = {
    format: TRIP_FORMAT,
    ...readRecord(rest),
    nodes: nodes.list((node) => {
      const { body, ...facts } = node.fields(["body", ...NODE_FIELDS]);
      return { ...readNodeFacts(facts), body: body.text() };
    }),
    assets: assets.list((asset) => {
      const { bytes, ...facts } = asset.fields(["bytes", ...ASSET_FIELDS]);
      return withBytes(readAssetFacts(facts), readBase64(bytes), bytes);
    }),
  };
  checkTripExport(trip);
  return trip;
}

export const RECORD_FIELDS = ["trip", "names", "rootNames", "tombstones", "cards"] as const;

/** What a JSON export and the sidecar of a folder have in common. */
export function readRecord(fields: Record<(typeof RECORD_FIELDS)[number], JsonReader>): Omit<TripExport, "format" | "nodes" | "assets"> {
  const trip = fields.trip.fields(["slug", "rootId", "namedSince"]);
  return {
    trip: { slug: readSlug(trip.slug), rootId: readId(trip.rootId), namedSince: trip.namedSince.count() },
    names: fields.names.list((item) => {
      const { parentId, segment, nodeId, ...stay } = item.fields(["parentId", "segment", "nodeId", ...STAY_FIELDS]);
      return { parentId: readId(parentId), segment: readSlug(segment), nodeId: readId(nodeId), ...readStay(stay) };
    }),
    rootNames: fields.rootNames.list((item) => {
      const { slug, ...stay } = item.fields(["slug", ...STAY_FIELDS]);
      return { slug: readSlug(slug), ...readStay(stay) };
    }),
    tombstones: fields.tombstones.list((item) => {
      const { nodeId, segment, deletedAt, successorId } = item.fields(["nodeId", "segment", "deletedAt", "successorId"]);
      return {
        nodeId: readId(nodeId),
        segment: readSegment(segment),
        deletedAt: deletedAt.instant(),
        successorId: successorId.orNull(readId),
      };
    }),
    cards: fields.cards.list((item) => {
      const { code, nodeId, scans, createdAt } = item.fields(["code", "nodeId", "scans", "createdAt"]);
      return { code: readCode(code), nodeId: readId(nodeId), scans: scans.count(), createdAt: createdAt.instant() };
    }),
  };
}

const STAY_FIELDS = ["heldFrom", "heldUntil", "retiredAt"] as const;

function readStay(fields: Record<(typeof STAY_FIELDS)[number], JsonReader>): ExportedStay {
  return { heldFrom: fields.heldFrom.count(), heldUntil: fields.heldUntil.count(), retiredAt: fields.retiredAt.instant() };
}

export const NODE_FIELDS = [
  "id",
  "parentId",
  "segment",
  "slugIsExplicit",
  "standsSince",
  "position",
  "title",
  "state",
  "language",
  "direction",
  "revision",
  "sourcePath",
] as const;

export function readNodeFacts(fields: Record<(typeof NODE_FIELDS)[number], JsonReader>): Omit<ExportedNode, "body"> {
  return {
    id: readId(fields.id),
    parentId: fields.parentId.orNull(readId),
    segment: fields.segment.orNull(readSegment),
    slugIsExplicit: fields.slugIsExplicit.flag(),
    standsSince: fields.standsSince.count(),
    position: fields.position.integer(-LARGEST_INTEGER, LARGEST_INTEGER),
    title: fields.title.textThat((text) => text !== "" && text.length <= TITLE_LIMIT, "a title"),
    state: fields.state.oneOf(NODE_STATES),
    language: fields.language.orNull((language) => language.text()),
    direction: fields.direction.orNull((direction) => direction.oneOf(["ltr", "rtl"])),
    revision: fields.revision.count(1),
    sourcePath: fields.sourcePath.orNull((path) => path.text()),
  };
}

export const ASSET_FIELDS = ["hash", "filenames", "mediaType", "width", "height"] as const;

export function readAssetFacts(fields: Record<(typeof ASSET_FIELDS)[number], JsonReader>): Omit<ExportedAsset, "bytes"> {
  const filenames = fields.filenames.list((name) => name.textThat((text) => text !== "" && !text.includes("/"), "a file name"));
  if (filenames.length === 0) throw fields.filenames.refusal("names no file");
  return {
    hash: fields.hash.textThat(isContentHash, "a content hash"),
    filenames,
    mediaType: fields.mediaType.textThat(isAssetType, "a kind of file that a trip may hold"),
    width: fields.width.orNull((width) => width.count(1)),
    height: fields.height.orNull((height) => height.count(1)),
  };
}

/** @param place for the refusal of bytes that are not the ones that the hash names */
export function withBytes(facts: Omit<ExportedAsset, "bytes">, bytes: Uint8Array, place: JsonReader): ExportedAsset {
  if (contentHash(bytes) !== facts.hash) throw place.refusal(`is not what the hash ${facts.hash} names`);
  return { ...facts, bytes };
}

function readId(reader: JsonReader): NodeId {
  return reader.textThat(isNodeId, "an id of a node");
}

function readSlug(reader: JsonReader): string {
  return reader.textThat(isSlug, "a slug");
}

/** "" is the root's. */
function readSegment(reader: JsonReader): string {
  return reader.textThat((text) => text === "" || isSlug(text), "a slug");
}

function readCode(reader: JsonReader): string {
  return reader.textThat((text) => /^[0-9A-HJKMNP-TV-Z]{8}$/.test(text), "a card's code");
}

function readBase64(reader: JsonReader): Uint8Array {
  const text = reader.text();
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw reader.refusal("is not base64");
  return bytes;
}

import type { Codec } from "@qrcards/cache";
import { Snapshot } from "./snapshot.ts";
import { SNAPSHOT_FORMAT } from "./snapshot-codec.ts";

/** A structure in Redis is the same bytes as in memory: putting one there copies nothing, and reading one makes a few views. */
export const structureCodec: Codec<Snapshot | undefined> = {
  id: `trip${SNAPSHOT_FORMAT}`,
  encode(snapshot) {
    if (snapshot === undefined) throw new TypeError("there is no structure to encode");
    return snapshot.bytes;
  },
  /** @throws RangeError for bytes that are no snapshot */
  decode: (bytes) => new Snapshot(bytes),
};

import { crc32 } from "node:zlib";
import type { Codec } from "@qrcards/cache";
import { Snapshot } from "./snapshot.ts";
import { SNAPSHOT_FORMAT } from "./snapshot-codec.ts";

const SUM_BYTES = 4;

/**
 * A structure in Redis: the bytes that it is in memory, so that reading one makes a few views and no objects, behind their
 * CRC-32. A structure checks what it points to, but a title can be anything: without the sum, bytes that were overwritten
 * could be another page's name.
 */
export const structureCodec: Codec<Snapshot | undefined> = {
  id: `trip${SNAPSHOT_FORMAT}`,
  encode(snapshot) {
    if (snapshot === undefined) throw new TypeError("there is no structure to encode");
    const { bytes } = snapshot;
    const payload = Buffer.allocUnsafe(SUM_BYTES + bytes.byteLength);
    payload.writeUInt32LE(crc32(bytes));
    payload.set(bytes, SUM_BYTES);
    return payload;
  },
  /** @throws RangeError for bytes that are no structure, or not all of it, or not as it was written */
  decode(payload) {
    const bytes = payload.subarray(SUM_BYTES);
    if (Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).readUInt32LE() !== crc32(bytes))
      throw new RangeError("a structure that was damaged");
    return new Snapshot(bytes);
  },
};

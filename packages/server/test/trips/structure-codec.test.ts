import fc from "fast-check";
import { expect, test } from "vitest";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { encodeSnapshot } from "../../src/trips/snapshot-codec.ts";
import { structureCodec } from "../../src/trips/structure-codec.ts";
import { anySource } from "./snapshot-sources.ts";

test("a structure comes back as it was", () => {
  fc.assert(
    fc.property(anySource, (source) => {
      const snapshot = new Snapshot(encodeSnapshot(source));
      const decoded = structureCodec.decode(structureCodec.encode(snapshot));
      expect(Buffer.compare(decoded!.bytes, snapshot.bytes)).toBe(0);
    }),
  );
});

test("one that is not as it was written is refused, whichever byte it is", () => {
  fc.assert(
    fc.property(anySource, fc.nat(), fc.integer({ min: 1, max: 255 }), (source, place, change) => {
      const payload = structureCodec.encode(new Snapshot(encodeSnapshot(source)));
      payload[place % payload.byteLength]! ^= change;
      expect(() => structureCodec.decode(payload)).toThrow(RangeError);
    }),
  );
});

test("noise is refused, however short", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(() => structureCodec.decode(bytes)).toThrow(RangeError);
    }),
  );
});

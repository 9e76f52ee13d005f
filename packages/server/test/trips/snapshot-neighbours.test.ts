import fc from "fast-check";
import { expect, test } from "vitest";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { encodeSnapshot } from "../../src/trips/snapshot-codec.ts";
import { anySource } from "./snapshot-sources.ts";

const anySnapshot = anySource.map((source) => new Snapshot(encodeSnapshot(source)));
const nodesOf = (snapshot: Snapshot) => Array.from({ length: snapshot.size }, (_, node) => node);

test("previous and next are the nearest listed pages, found by looking at each", () => {
  fc.assert(
    fc.property(anySnapshot, (snapshot) => {
      const listed = nodesOf(snapshot).filter((node) => snapshot.isListed(node));
      for (const node of nodesOf(snapshot)) {
        expect(snapshot.previous(node)).toBe(listed.findLast((other) => other < node) ?? -1);
        expect(snapshot.next(node)).toBe(listed.find((other) => other > node) ?? -1);
      }
    }),
  );
});

test("listed children and descendants are those that are listed, found by looking at each", () => {
  fc.assert(
    fc.property(anySnapshot, (snapshot) => {
      for (const node of nodesOf(snapshot)) {
        const below = nodesOf(snapshot).filter((other) => snapshot.ancestors(other).includes(node) && snapshot.isListed(other));
        expect(snapshot.listedDescendants(node)).toBe(below.length);
        expect(snapshot.listedChildren(node)).toEqual(below.filter((other) => snapshot.parent(other) === node));
      }
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PastStay, resolve, type Structure } from "../../src/paths/resolve.ts";
import type { RememberedTree } from "./remembered-tree.ts";
import { anyHistory, count, emptyTree, NAMES, plant, withAlias } from "./trees.ts";

/** All paths of up to four of these names. */
const PATHS = [...pathsOf(4)];

describe("resolving against a tree that remembers everything", () => {
  test("finds who stands there, else who stood there last, else who answers to these names", () => {
    fc.assert(
      fc.property(anyHistory, ({ tree }) => {
        for (const path of PATHS) expect(resolve(tree, path), path.join("/")).toEqual(expected(tree, path));
      }),
      { numRuns: 300 },
    );
  });

  test("a path that was ever live is never unknown", () => {
    fc.assert(
      fc.property(anyHistory, ({ tree }) => {
        for (const moment of tree.moments) {
          for (const path of moment.keys()) expect(resolve(tree, JSON.parse(path) as string[]).kind).not.toBe("none");
        }
      }),
    );
  });

  test("within a span of time, finds who stood there last before its end and after its beginning", () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(), fc.nat(), ({ tree }, one, other) => {
        const [from, until] = [one % tree.moments.length, other % tree.moments.length].sort((a, b) => a - b) as [number, number];
        for (const path of PATHS) {
          const moment = tree.moments.slice(from, until).findLast((paths) => paths.has(JSON.stringify(path)));
          const result = resolve(tree, path, { from, until });
          if (moment === undefined) expect("exact" in result && result.exact).toBe(false);
          else expect(result).toEqual(arrival(tree, moment.get(JSON.stringify(path))!, false, true));
        }
      }),
    );
  });
});

describe("a renamed page", () => {
  test("is found at its old path", () => {
    const tree = plant(["create", 0, "a"], ["place", 1, 0, "b"]);
    expect(resolve(tree, ["a"])).toEqual({ kind: "found", node: 1, current: false, exact: true });
    expect(resolve(tree, ["b"])).toEqual({ kind: "found", node: 1, current: true, exact: true });
  });

  test("keeps its children's old paths when another page takes its name", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "x"], ["place", 1, 0, "b"], ["create", 0, "a"]);
    expect(resolve(tree, ["a", "x"])).toMatchObject({ kind: "found", node: 2, current: false });
    expect(resolve(tree, ["a"])).toMatchObject({ kind: "found", node: 3, current: true });
  });

  test("keeps its children's old paths when the other page's past knows the same name", () => {
    // 4 was x below 3 before 3 came to a; it never was /a/x.
    const tree = plant(
      ["create", 0, "a"],
      ["create", 1, "x"],
      ["create", 0, "c"],
      ["create", 3, "x"],
      ["place", 1, 0, "b"],
      ["place", 4, 3, "y"],
      ["place", 3, 0, "a"],
    );
    expect(resolve(tree, ["a", "x"])).toMatchObject({ kind: "found", node: 2, current: false, exact: true });
  });

  test("is found in one step after a chain of renames", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "x"], ["place", 1, 0, "b"], ["place", 1, 0, "c"], ["place", 2, 1, "y"]);
    for (const path of [
      ["a", "x"],
      ["b", "x"],
      ["c", "x"],
    ])
      expect(resolve(tree, path)).toMatchObject({ kind: "found", node: 2, current: false });
  });

  test("is found by names of different times, and the answer says so", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "x"], ["place", 1, 0, "b"], ["place", 2, 1, "y"]);
    expect(resolve(tree, ["a", "y"])).toEqual({ kind: "found", node: 2, current: false, exact: false });
  });

  test("that came back is found at its current path and by what lay below it before", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "x"], ["place", 1, 0, "b"], ["place", 2, 1, "y"], ["place", 1, 0, "a"]);
    expect(resolve(tree, ["a"])).toMatchObject({ node: 1, current: true });
    expect(resolve(tree, ["a", "x"])).toMatchObject({ node: 2, current: false, exact: true });
  });

  test("that swapped names with another leaves each living path to its new owner", () => {
    const tree = plant(
      ["create", 0, "a"],
      ["create", 0, "b"],
      ["create", 1, "x"],
      ["place", 1, 0, "c"],
      ["place", 2, 0, "a"],
      ["place", 1, 0, "b"],
    );
    expect(resolve(tree, ["a"])).toMatchObject({ node: 2, current: true });
    expect(resolve(tree, ["b"])).toMatchObject({ node: 1, current: true });
    expect(resolve(tree, ["a", "x"])).toMatchObject({ node: 3, current: false });
    expect(resolve(tree, ["b", "x"])).toMatchObject({ node: 3, current: true });
  });

  test("that once lay below its own child is no loop", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "b"], ["place", 2, 0, "b"], ["place", 1, 2, "a"]);
    expect(resolve(tree, ["a", "b"])).toMatchObject({ node: 2, current: false, exact: true });
    expect(resolve(tree, ["a", "b", "a", "b", "a", "b"])).toMatchObject({ kind: "found", exact: false });
    expect(resolve(tree, ["a", "b", "c"])).toEqual({ kind: "none", nearest: 2, depth: 2 });
  });
});

describe("a deleted page", () => {
  test("is gone, and so is what lay below it", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "x"], ["remove", 1, -1]);
    expect(resolve(tree, ["a"])).toEqual({ kind: "gone", node: 1, exact: true });
    expect(resolve(tree, ["a", "x"])).toEqual({ kind: "gone", node: 2, exact: true });
  });

  test("leads to its successor, but what lay below it does not", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "x"], ["create", 0, "b"], ["remove", 1, 3]);
    expect(resolve(tree, ["a"])).toEqual({ kind: "found", node: 3, current: false, exact: true });
    expect(resolve(tree, ["a", "x"])).toEqual({ kind: "gone", node: 2, exact: true });
  });

  test("leads to its successor's successor", () => {
    const tree = plant(["create", 0, "a"], ["create", 0, "b"], ["create", 0, "c"], ["remove", 1, 2], ["remove", 2, 3]);
    expect(resolve(tree, ["a"])).toMatchObject({ kind: "found", node: 3 });
  });

  test("is gone when its successor went with the page above it", () => {
    const tree = plant(["create", 0, "a"], ["create", 0, "b"], ["create", 2, "x"], ["remove", 1, 3], ["remove", 2, -1]);
    expect(resolve(tree, ["a"])).toEqual({ kind: "gone", node: 1, exact: true });
  });

  test("still leads to what moved out of it", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "x"], ["create", 0, "b"], ["place", 2, 3, "x"], ["remove", 1, -1]);
    expect(resolve(tree, ["a", "x"])).toMatchObject({ kind: "found", node: 2, current: false });
  });

  test("gives way to a living page that took its path", () => {
    const tree = plant(["create", 0, "a"], ["remove", 1, -1], ["create", 0, "a"]);
    expect(resolve(tree, ["a"])).toMatchObject({ kind: "found", node: 2, current: true });
  });
});

describe("a place from before our time", () => {
  const alias: PastStay = { node: 1, from: 0, until: 0 };

  test("leads to its page", () => {
    const tree = withAlias(plant(["create", 0, "a"]), 0, "old", alias);
    expect(resolve(tree, ["old"])).toEqual({ kind: "found", node: 1, current: false, exact: false });
  });

  test("gives way to a page that really stood there", () => {
    const tree = withAlias(plant(["create", 0, "a"], ["create", 0, "b"], ["place", 2, 0, "c"]), 0, "b", alias);
    expect(resolve(tree, ["b"])).toMatchObject({ node: 2, exact: true });
  });
});

describe("an unknown path", () => {
  test("names the deepest living page on the way", () => {
    const tree = plant(["create", 0, "a"], ["create", 1, "b"], ["place", 1, 0, "c"]);
    expect(resolve(tree, ["x"])).toEqual({ kind: "none", nearest: 0, depth: 0 });
    expect(resolve(tree, ["c", "x"])).toEqual({ kind: "none", nearest: 1, depth: 1 });
    expect(resolve(tree, ["a", "b", "x", "y"])).toEqual({ kind: "none", nearest: 2, depth: 2 });
  });

  test("names a living page, and one that the path's beginning leads to", () => {
    fc.assert(
      fc.property(anyHistory, ({ tree }) => {
        for (const path of PATHS) {
          const result = resolve(tree, path);
          if (result.kind !== "none") continue;
          expect(tree.isAlive(result.nearest)).toBe(true);
          expect(walks(tree, path.slice(0, result.depth))).toContain(result.nearest);
        }
      }),
    );
  });
});

describe("many past names", () => {
  test("that lead round and round cost a step a node and segment, not one a combination", () => {
    // Every node once stood at "a" below every other: 12 to the power of 40 walks, and none is complete.
    const nodes = Array.from({ length: 12 }, (_, node) => node);
    const everyone: PastStay[] = nodes.map((node) => ({ node, from: 0, until: 0 }));
    const counted = count({ ...emptyTree, pastAt: (_, segment) => (segment === "a" ? everyone : []) });
    expect(resolve(counted.structure, [...Array.from({ length: 40 }, () => "a"), "z"])).toMatchObject({ kind: "none" });
    expect(counted.steps()).toBeLessThan(12 * 41 * 4);
  });

  test("that followed one another in time cost a step a stay and segment", () => {
    // At each of 30 levels 50 nodes took turns, each level at its own moments.
    const depth = 30;
    const turns = 50;
    const nodeAt = (level: number, turn: number) => 1 + level * turns + turn;
    const counted = count({
      ...emptyTree,
      pastAt: (parent, segment) => {
        const level = parent === 0 ? 0 : Math.floor((parent - 1) / turns) + 1;
        if (segment !== "a" || level >= depth) return [];
        return Array.from({ length: turns }, (_, turn) => ({
          node: nodeAt(level, turn),
          from: turn * 100 + level,
          until: turn * 100 + 100 + level,
        })).reverse();
      },
    });
    expect(resolve(counted.structure, [...Array.from({ length: depth }, () => "a"), "z"])).toMatchObject({ kind: "none" });
    // Two questions a step; once more for each node that is only pieced together.
    expect(counted.steps()).toBeLessThanOrEqual(depth * turns * (depth + 2) * 2);
  });

  test("a path of 4,000 segments is walked to its end", () => {
    const chain: Structure = {
      ...emptyTree,
      childAt: (parent) => parent + 1,
      pastAt: (parent) => [{ node: parent + 1, from: 0, until: 0 }],
    };
    const path = Array.from({ length: 4_000 }, () => "a");
    expect(resolve(chain, path)).toEqual({ kind: "found", node: 4_000, current: true, exact: true });
    expect(resolve({ ...chain, childAt: () => -1 }, path)).toEqual({ kind: "found", node: 4_000, current: false, exact: false });
  });
});

// The oracle

function expected(tree: RememberedTree, path: readonly string[]) {
  const key = JSON.stringify(path);
  const moment = tree.moments.findLast((paths) => paths.has(key));
  if (moment !== undefined) return arrival(tree, moment.get(key)!, moment === tree.moments.at(-1), true);
  const [first] = walks(tree, path);
  if (first !== undefined) return arrival(tree, first, false, false);
  return expect.objectContaining({ kind: "none" });
}

function arrival(tree: RememberedTree, node: number, current: boolean, exact: boolean) {
  if (tree.isAlive(node)) return { kind: "found", node, current, exact };
  const successor = tree.successorOf(node);
  return successor === -1 ? { kind: "gone", node, exact } : { kind: "found", node: successor, current: false, exact };
}

/** Where all walks along present and past names end, the present before the past, the newest first. */
function walks(tree: Structure, path: readonly string[], node = 0): number[] {
  const [segment, ...rest] = path;
  if (segment === undefined) return [node];
  const child = tree.childAt(node, segment);
  const next = [...(child === -1 ? [] : [child]), ...tree.pastAt(node, segment).map((stay) => stay.node)];
  return next.flatMap((step) => walks(tree, rest, step));
}

function* pathsOf(depth: number): Generator<string[]> {
  yield [];
  if (depth > 0) for (const name of NAMES) for (const rest of pathsOf(depth - 1)) yield [name, ...rest];
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { encodeSnapshot } from "../../src/trips/snapshot-codec.ts";
import type { NodeState } from "../../src/trips/types.ts";
import { anySource, type Spec, tree } from "./snapshot-sources.ts";

describe("the tree of a snapshot", () => {
  const book = new Snapshot(
    encodeSnapshot(
      tree({
        children: [
          { segment: "one", children: [{ segment: "a" }, { segment: "b", children: [{ segment: "deep" }] }] },
          { segment: "two", children: [{ segment: "c" }] },
          { segment: "three" },
        ],
      }),
    ),
  );
  const at = (...path: string[]) => path.reduce((node, segment) => book.childAt(node, segment), book.root);

  test("is numbered in reading order", () => {
    expect(Array.from({ length: book.size }, (_, node) => book.path(node).slice(1).join("/"))).toEqual([
      "",
      "one",
      "one/a",
      "one/b",
      "one/b/deep",
      "two",
      "two/c",
      "three",
    ]);
  });

  test("knows each node by its id", () => {
    for (let node = 0; node < book.size; node += 1) expect(book.findById(book.id(node))).toBe(node);
    expect(book.findById("zzzzzzzzzzzz")).toBe(-1);
  });

  test("knows parents, ancestors, children and the end of a subtree", () => {
    expect(book.parent(0)).toBe(-1);
    expect(book.ancestors(at("one", "b", "deep"))).toEqual([0, at("one"), at("one", "b")]);
    expect(book.children(at("one"))).toEqual([at("one", "a"), at("one", "b")]);
    expect(book.children(at("three"))).toEqual([]);
    expect(book.end(at("one"))).toBe(at("two"));
    expect(book.childAt(0, "four")).toBe(-1);
  });

  test("turns its pages forwards and backwards in reading order", () => {
    expect(turn(book, 0, "next")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(turn(book, 7, "previous")).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
  });
});

describe("who may see a node", () => {
  const states: Spec = {
    state: "public",
    children: [
      { segment: "public", children: [{ segment: "draft", state: "draft", children: [{ segment: "below" }] }] },
      { segment: "unlisted", state: "unlisted", children: [{ segment: "below" }] },
      { segment: "dead", dead: true, children: [{ segment: "below" }] },
      { segment: "last" },
    ],
  };
  const [root, open, draft, belowDraft, unlisted, belowUnlisted, dead, belowDead, last] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const facts = (state: NodeState) => {
    const snapshot = new Snapshot(encodeSnapshot(tree({ ...states, state })));
    const all = Array.from({ length: snapshot.size }, (_, node) => node);
    return {
      snapshot,
      visible: all.filter((node) => snapshot.isVisible(node)),
      listed: all.filter((node) => snapshot.isListed(node)),
      indexable: all.filter((node) => snapshot.isIndexable(node)),
    };
  };

  test("in a public trip: drafts and the dead are hidden with all below them, the unlisted are found but not listed", () => {
    const { snapshot, visible, listed, indexable } = facts("public");
    expect(visible).toEqual([root, open, unlisted, belowUnlisted, last]);
    expect(listed).toEqual([root, open, last]);
    expect(indexable).toEqual(listed);
    expect([draft, belowDraft, dead, belowDead].map((node) => snapshot.isAlive(node))).toEqual([true, true, false, false]);
  });

  test("in an unlisted trip: its inside is listed to those who are in, but indexed by nobody", () => {
    const { visible, listed, indexable } = facts("unlisted");
    expect(visible).toEqual([root, open, unlisted, belowUnlisted, last]);
    expect(listed).toEqual([root, open, last]);
    expect(indexable).toEqual([]);
  });

  test("in a draft: nobody sees anything", () => {
    const { snapshot, visible, listed } = facts("draft");
    expect(visible).toEqual([]);
    expect(listed).toEqual([]);
    expect(snapshot.next(root!)).toBe(-1);
  });

  test("previous and next pass over what is not listed, from anywhere", () => {
    const { snapshot } = facts("public");
    expect(turn(snapshot, root!, "next")).toEqual([root, open, last]);
    expect(turn(snapshot, last!, "previous")).toEqual([last, open, root]);
    expect(snapshot.next(belowUnlisted!)).toBe(last);
    expect(snapshot.previous(belowUnlisted!)).toBe(open);
  });

  test("lists and counts the listed below a node", () => {
    const { snapshot } = facts("public");
    expect(snapshot.listedChildren(root!)).toEqual([open, last]);
    expect(snapshot.listedDescendants(root!)).toBe(2);
    expect(snapshot.listedDescendants(open!)).toBe(0);
  });

  test("is what the states say, in any tree", () => {
    fc.assert(
      fc.property(anySource, (source) => {
        const snapshot = new Snapshot(encodeSnapshot(source));
        const dead = new Set(source.tombstones.map((tombstone) => tombstone.node));
        const line = (node: number) => [...snapshot.ancestors(node), node];
        for (let node = 0; node < snapshot.size; node += 1) {
          const alive = !line(node).some((at) => dead.has(at));
          const lineStates = line(node).map((at) => source.nodes[at]!.state);
          expect(snapshot.isAlive(node)).toBe(alive);
          expect(snapshot.isVisible(node)).toBe(alive && !lineStates.includes("draft"));
          expect(snapshot.isListed(node)).toBe(
            alive && lineStates[0] !== "draft" && lineStates.slice(1).every((state) => state === "public"),
          );
        }
      }),
    );
  });
});

describe("language and direction", () => {
  test("are a node's own, else the nearest ancestor's", () => {
    const snapshot = new Snapshot(
      encodeSnapshot(
        tree({
          language: "de",
          children: [
            {
              segment: "ar",
              language: "ar",
              direction: "rtl",
              children: [{ segment: "inherits", children: [{ segment: "en", language: "en", direction: "ltr" }] }],
            },
            { segment: "plain" },
          ],
        }),
      ),
    );
    expect([0, 1, 2, 3, 4].map((node) => [snapshot.language(node), snapshot.direction(node)])).toEqual([
      ["de", "ltr"],
      ["ar", "rtl"],
      ["ar", "rtl"],
      ["en", "ltr"],
      ["de", "ltr"],
    ]);
  });
});

describe("the past in a snapshot", () => {
  const snapshot = new Snapshot(
    encodeSnapshot({
      ...tree({ children: [{ segment: "b", children: [{ segment: "x" }] }, { segment: "gone", dead: true }, { segment: "later" }] }),
      past: [
        { parent: 0, segment: "a", node: 3, from: 5, until: 8 },
        { parent: 0, segment: "a", node: 1, from: 1, until: 5 },
        { parent: 0, segment: "gone", node: 3, from: 1, until: 5 },
      ],
      tombstones: [{ node: 3, deletedAt: 1_700_000_000_000, successor: 4 }],
    }),
  );

  test("knows who stood where and when", () => {
    expect(snapshot.pastAt(0, "a")).toEqual([
      { node: 3, from: 5, until: 8 },
      { node: 1, from: 1, until: 5 },
    ]);
    expect(snapshot.pastAt(1, "a")).toEqual([]);
    expect(snapshot.pastAt(0, "b")).toEqual([]);
  });

  test("knows a deleted node's day, successor and title", () => {
    expect(snapshot.deletedAt(3)).toEqual(new Date(1_700_000_000_000));
    expect(snapshot.deletedAt(1)).toBeUndefined();
    expect(snapshot.successorOf(3)).toBe(4);
    expect(snapshot.title(3)).toBe("gone");
    expect(snapshot.childAt(0, "")).toBe(-1);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.65e15])("was deleted at the beginning of time where %d says when", (deletedAt) => {
    const tombstones = [{ node: 1, deletedAt, successor: -1 }];
    const snapshot = new Snapshot(encodeSnapshot({ ...tree({ children: [{ segment: "a" }] }), tombstones }));
    expect(snapshot.deletedAt(1)).toEqual(new Date(0));
  });

  test("does not follow successors for ever, when somebody has made a ring of them", () => {
    const ring = new Snapshot(
      encodeSnapshot({
        ...tree({
          children: [
            { segment: "a", dead: true },
            { segment: "b", dead: true },
          ],
        }),
        tombstones: [
          { node: 1, deletedAt: 0, successor: 2 },
          { node: 2, deletedAt: 0, successor: 1 },
        ],
      }),
    );
    expect(ring.successorOf(1)).toBe(-1);
  });
});

/** From one node on, as a reader turns pages. */
function turn(snapshot: Snapshot, from: number, way: "next" | "previous"): number[] {
  const pages: number[] = [];
  for (let node = from; node !== -1; node = snapshot[way](node)) pages.push(node);
  return pages;
}

import fc from "fast-check";
import { expect } from "vitest";
import type { PastStay, Structure } from "../../src/paths/resolve.ts";
import { RememberedTree } from "./remembered-tree.ts";

/** So few that places and names meet again and again. */
export const NAMES = ["a", "b", "c"];

type Edit = ["create", number, string] | ["place", number, number, string] | ["remove", number, number] | ["restore", number, string];

/** Does all of the edits, or fails. */
export function plant(...edits: Edit[]): RememberedTree {
  const tree = new RememberedTree();
  for (const edit of edits) expect(apply(tree, edit), JSON.stringify(edit)).toBe(true);
  return tree;
}

function apply(tree: RememberedTree, edit: Edit): boolean {
  if (edit[0] === "create") return tree.create(edit[1], edit[2]);
  if (edit[0] === "place") return tree.place(edit[1], edit[2], edit[3]);
  if (edit[0] === "remove") return tree.remove(edit[1], edit[2]);
  return tree.restore(edit[1], edit[2]);
}

/** Edits of small trees with few names; those that cannot be done are left out. */
export const anyHistory: fc.Arbitrary<{ tree: RememberedTree }> = fc
  .array(
    fc.tuple(
      fc.constantFrom("create", "create", "place", "place", "place", "remove", "restore"),
      fc.nat(),
      fc.nat(),
      fc.constantFrom(...NAMES),
    ),
    {
      minLength: 5,
      maxLength: 40,
    },
  )
  .map((wishes) => {
    const tree = new RememberedTree();
    const done: Edit[] = [];
    for (const [kind, one, other, name] of wishes) {
      const [node, target] = [one % tree.size, other % tree.size];
      const edit: Edit =
        kind === "create"
          ? [kind, node, name]
          : kind === "place"
            ? [kind, node, target, name]
            : kind === "remove"
              ? [kind, node, other % 2 === 0 ? -1 : target]
              : ["restore", node, name];
      if ((kind !== "create" || tree.size < 8) && apply(tree, edit)) done.push(edit);
    }
    return { tree, done };
  });

export const emptyTree: Structure = {
  root: 0,
  childAt: () => -1,
  standsSince: () => 0,
  pastAt: () => [],
  isAlive: () => true,
  successorOf: () => -1,
};

export function withAlias(tree: Structure, parent: number, segment: string, alias: PastStay): Structure {
  return {
    root: 0,
    childAt: (at, name) => tree.childAt(at, name),
    standsSince: (node) => tree.standsSince(node),
    pastAt: (at, name) => (at === parent && name === segment ? [...tree.pastAt(at, name), alias] : tree.pastAt(at, name)),
    isAlive: (node) => tree.isAlive(node),
    successorOf: (node) => tree.successorOf(node),
  };
}

/** Counts how often the structure is asked. */
export function count(tree: Structure): { structure: Structure; steps(): number } {
  let steps = 0;
  return {
    steps: () => steps,
    structure: {
      ...tree,
      childAt: (parent, segment) => {
        steps += 1;
        return tree.childAt(parent, segment);
      },
      pastAt: (parent, segment) => {
        steps += 1;
        return tree.pastAt(parent, segment);
      },
    },
  };
}

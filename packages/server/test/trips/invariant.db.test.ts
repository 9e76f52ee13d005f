import fc from "fast-check";
import { expect, test } from "vitest";
import { QRCardsError } from "../../src/errors.ts";
import { createNode, createTrip, deleteNode, editNode, mergeNode, moveNode, restoreNode, type Trx } from "../../src/trips/edits.ts";
import { getNode } from "../../src/trips/repository.ts";
import type { NodeId } from "../../src/trips/types.ts";
import { eachDatabase } from "../support/databases.ts";
import { AT, createEditKit, EMPTY, type EditKit } from "./edit-kit.ts";
import { PathLedger } from "./path-ledger.ts";

/** So few that pages meet in the same places again and again. */
const NAMES = ["a", "b", "c"];
const MOST_NODES = 14;

/** What an edit may be refused for; anything else is a fault. */
const REFUSALS = new Set(["slug-taken", "move-into-itself", "gone", "parent-gone", "other-trip", "root-fixed"]);

/** Nodes by the order in which they were made, so that a shrunken sequence still means the same. */
interface Model {
  readonly nodes: NodeId[];
}

interface Real {
  readonly kit: EditKit;
  readonly ledger: PathLedger;
  /** In front of each trip's slug, as all runs share a database. */
  readonly prefix: string;
  /** How often each kind of edit was done, over all runs. */
  readonly done: Map<string, number>;
}

type Edit = (trx: Trx, node: (number: number) => NodeId, model: Model, real: Real) => Promise<unknown>;

/** Does one edit in one transaction; then every path that was ever live must still lead where it may. */
function command(
  kind: string,
  numbers: readonly (number | string)[],
  edit: Edit,
  check: (model: Model) => boolean = () => true,
): fc.AsyncCommand<Model, Real> {
  return {
    check,
    toString: () => `${kind}(${numbers.join(", ")})`,
    async run(model, real) {
      const node = (number: number) => model.nodes[number % model.nodes.length]!;
      try {
        await real.kit.edit((trx) => edit(trx, node, model, real));
        real.done.set(kind, (real.done.get(kind) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof QRCardsError && REFUSALS.has(error.code))) throw error;
      }
      await real.ledger.record();
      await real.ledger.check();
    },
  };
}

const number = fc.nat(999);
const name = fc.constantFrom(...NAMES);
const hasRoom = (model: Model) => model.nodes.length < MOST_NODES;

const create = fc.tuple(number, name, fc.boolean()).map(([parent, title, isExplicit]) =>
  command(
    "create",
    [parent, title, isExplicit ? "explicit" : "automatic"],
    async (trx, node, model) => {
      const made = await createNode(trx, { title, slug: isExplicit ? title : null, parentId: node(parent), contentHash: EMPTY }, AT);
      model.nodes.push(made.id);
    },
    hasRoom,
  ),
);

const createTripOf = name.map((title) =>
  command(
    "createTrip",
    [title],
    async (trx, _, model, { prefix, ledger }) => {
      const made = await createTrip(trx, { title, slug: prefix + title, language: "en", contentHash: EMPTY }, AT);
      ledger.watch(made.tripId);
      model.nodes.push(made.id);
    },
    hasRoom,
  ),
);

const rename = fc.tuple(number, name).map(([one, slug]) =>
  command("rename", [one, slug], async (trx, node, _, { prefix }) => {
    const { parentId } = await getNode(trx, node(one));
    return editNode(trx, node(one), { slug: parentId === null ? prefix + slug : slug }, AT);
  }),
);

/** For most of the runs of a real trip: a title decides, and the slug follows it. */
const retitle = fc.tuple(number, name).map(([one, title]) =>
  command("retitle", [one, title], async (trx, node) => {
    if ((await getNode(trx, node(one))).parentId !== null) await editNode(trx, node(one), { title, slug: null }, AT);
  }),
);

const move = fc
  .tuple(number, number)
  .map(([one, parent]) => command("move", [one, parent], (trx, node) => moveNode(trx, node(one), { parentId: node(parent) }, AT)));

/** Each takes the other's place and name. */
const swap = fc.tuple(number, number).map(([one, other]) =>
  command("swap", [one, other], async (trx, node) => {
    const [first, second] = [await getNode(trx, node(one)), await getNode(trx, node(other))];
    if (first.id === second.id || first.parentId === null || second.parentId === null) return;
    await editNode(trx, first.id, { slug: "on-its-way" }, AT);
    await moveNode(trx, second.id, { parentId: first.parentId }, AT);
    await editNode(trx, second.id, { slug: first.segment }, AT);
    await moveNode(trx, first.id, { parentId: second.parentId }, AT);
    await editNode(trx, first.id, { slug: second.segment }, AT);
  }),
);

const merge = fc
  .tuple(number, number)
  .map(([one, into]) => command("merge", [one, into], (trx, node) => mergeNode(trx, node(one), node(into), AT)));

const remove = number.map((one) => command("delete", [one], (trx, node) => deleteNode(trx, node(one), {}, AT)));

const replace = fc
  .tuple(number, number)
  .map(([one, successor]) =>
    command("deleteFor", [one, successor], (trx, node) => deleteNode(trx, node(one), { successorId: node(successor) }, AT)),
  );

const restore = number.map((one) => command("restore", [one], (trx, node) => restoreNode(trx, node(one), AT)));

const anyEdits = fc.commands(
  [create, create, createTripOf, rename, rename, retitle, move, move, swap, merge, remove, replace, restore, restore],
  {
    maxCommands: 40,
    size: "max",
  },
);

eachDatabase((makeDatabase, kind) => {
  test("whatever is created, renamed, moved, swapped, merged, deleted and restored: every path that was ever live finds its page, leads to it in one hop, or says that it is gone", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const done = new Map<string, number>();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(anyEdits, async (edits) => {
        runs += 1;
        const prefix = `run-${runs}-`;
        const ledger = new PathLedger(database);
        const root = await kit.trip(`${prefix}a`);
        ledger.watch(root.tripId);
        await ledger.record();
        await fc.asyncModelRun(() => ({ model: { nodes: [root.id] }, real: { kit, ledger, prefix, done } }), edits);
      }),
      { numRuns: kind === "sqlite" ? 400 : 25 },
    );
    // It was worth something only if each kind of edit was done, and not always refused.
    for (const edit of ["create", "createTrip", "rename", "retitle", "move", "swap", "merge", "delete", "deleteFor", "restore"]) {
      expect(done.get(edit) ?? 0, edit).toBeGreaterThan(0);
    }
  }, 120_000);
});

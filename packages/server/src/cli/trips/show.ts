import type { Command } from "commander";
import type { Card } from "../../cards/card-service.ts";
import { formatPath } from "../../paths/parse-target.ts";
import type { NodeIndex, Snapshot } from "../../trips/snapshot.ts";
import type { NodeId } from "../../trips/types.ts";
import { getTripAt, TRIP_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { outputOf } from "../output.ts";
import { count, paint, printable } from "../text.ts";
import { withServices } from "../with-services.ts";

interface ShowOptions {
  readonly cards?: true;
  readonly deleted?: true;
}

/** A node as `--json` shows it, with what lies below. */
interface TreeNode {
  readonly id: NodeId;
  readonly path: string | null;
  readonly title: string;
  readonly state: string;
  readonly deletedAt: string | null;
  readonly cards?: readonly string[];
  readonly children: TreeNode[];
}

export function addShowCommand(trips: Command): void {
  const command = trips
    .command("show")
    .argument("<trip>", TRIP_ADDRESS)
    .summary("a trip as a tree")
    .description("Show a trip as a tree: ids, titles, names in the address, states.")
    .option("--cards", "with the codes of the cards made so far")
    .option("--deleted", "with deleted pages, which `trips restore` can bring back")
    .action(async (address: string, options: ShowOptions, command: Command) => {
      await withServices(async (services) => {
        const trip = await getTripAt(services, address);
        const { snapshot } = (await services.trips.snapshot(trip.id))!;
        const cards = options.cards ? codesByNode(await services.cards.list({ tripId: trip.id })) : undefined;
        const tree = toTree(snapshot, snapshot.root, { deleted: options.deleted === true, cards });
        const { slug, id, version } = trip;
        outputOf(command).print({ trip: { id, slug, version }, root: tree }, formatTree(tree, snapshot));
      });
    });
  examples(command, [
    ["trips show my-book --cards", "which page has which card"],
    ["trips show my-book --deleted", "find the id of a deleted page"],
  ]);
}

function codesByNode(cards: readonly Card[]): Map<NodeId, string[]> {
  const codes = new Map<NodeId, string[]>();
  for (const { nodeId, code } of cards) codes.set(nodeId, [...(codes.get(nodeId) ?? []), code]);
  return codes;
}

function toTree(
  snapshot: Snapshot,
  index: NodeIndex,
  shown: { deleted: boolean; cards: ReadonlyMap<NodeId, string[]> | undefined },
): TreeNode {
  const id = snapshot.id(index);
  return {
    id,
    path: snapshot.isAlive(index) ? formatPath(snapshot.path(index)) : null,
    title: snapshot.title(index),
    state: snapshot.state(index),
    deletedAt: snapshot.deletedAt(index)?.toISOString() ?? null,
    ...(shown.cards && { cards: shown.cards.get(id) ?? [] }),
    children: snapshot
      .children(index)
      .filter((child) => shown.deleted || snapshot.isAlive(child))
      .map((child) => toTree(snapshot, child, shown)),
  };
}

function formatTree(root: TreeNode, snapshot: Snapshot): string {
  const lines: string[] = [];
  const add = (node: TreeNode, stem: string, branch: string) => {
    lines.push(`${paint("dim", node.id)}  ${paint("dim", stem + branch)}${formatNode(node)}`);
    const below = stem + (branch === "" ? "" : branch === "├─ " ? "│  " : "   ");
    for (const child of node.children) add(child, below, child === node.children.at(-1) ? "└─ " : "├─ ");
  };
  add(root, "", "");
  const living = Array.from({ length: snapshot.size }, (_, index) => index).filter((index) => snapshot.isAlive(index)).length;
  const deleted = snapshot.size - living;
  lines.push("", `${count(living, "page")}${deleted > 0 ? `, ${deleted} deleted` : ""}, version ${snapshot.version}`);
  return lines.join("\n");
}

function formatNode({ title, path, state, deletedAt, cards }: TreeNode): string {
  const words = [printable(title)];
  if (path !== null) words.push(paint("cyan", decodeURI(path.slice(path.lastIndexOf("/")))));
  if (deletedAt !== null) words.push(paint("red", `deleted ${deletedAt.slice(0, 10)}`));
  else if (state !== "public") words.push(paint("yellow", state));
  if (cards !== undefined && cards.length > 0) words.push(paint("magenta", cards.join(" ")));
  return words.join("  ");
}

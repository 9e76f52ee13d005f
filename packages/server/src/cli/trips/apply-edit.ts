import type { Command } from "commander";
import type { Transaction } from "kysely";
import type { Schema } from "../../db/schema.ts";
import type { Visible } from "../../freshness/visibility.ts";
import type { Services } from "../../services.ts";
import type { EditReceipt, NodeId, TripNode } from "../../trips/types.ts";
import { getNodeAt, pathOf } from "../find-node.ts";
import { outputOf } from "../output.ts";
import { paint, printable } from "../text.ts";
import { withServices } from "../with-services.ts";

export interface RevisionOption {
  readonly revision?: number;
}

interface Edit {
  /** What was done, in a word: "Moved". */
  readonly done: string;
  /** Which node, as it was typed. */
  readonly address: string;
  /** The edit is refused when the node has another one by now. */
  readonly revision?: number | undefined;
  /** Whether a deleted node may be meant. Default false. */
  readonly deleted?: boolean;
  /** Reads and prepares what takes time, and returns the edit itself, which runs in one transaction. */
  readonly prepare: (services: Services, id: NodeId) => Promise<(trx: Transaction<Schema>, at: number) => Promise<TripNode>>;
}

/** Runs an edit of one node and says what came of it. */
export async function applyEdit(command: Command, { done, address, revision, deleted = false, prepare }: Edit): Promise<void> {
  const { requireUnchanged } = await import("../../trips/revisions.ts");
  await withServices(async (services) => {
    const found = await getNodeAt(services, address, { deleted });
    const id = found.snapshot.id(found.index);
    const edit = await prepare(services, id);
    const {
      result: node,
      receipt,
      visible,
    } = await services.trips.edit(
      async (trx, at) => {
        await requireUnchanged(trx, [{ id, revision }]);
        return edit(trx, at);
      },
      ({ tripId }) => tripId,
    );
    await reportEdit(command, services, {
      done,
      node,
      receipt,
      visible,
      pathBefore: found.snapshot.isAlive(found.index) ? pathOf(found) : null,
    });
  });
}

interface EditReport {
  readonly done: string;
  readonly node: TripNode;
  readonly receipt: EditReceipt;
  readonly visible: Visible;
  /** null for a node that was not there, or deleted. */
  readonly pathBefore: string | null;
}

export async function reportEdit(
  command: Command,
  services: Services,
  { done, node, receipt, visible, pathBefore }: EditReport,
): Promise<void> {
  const [{ getNodeRecord }, { viewNode }] = await Promise.all([import("../../trips/node-record.ts"), import("../../admin/views.ts")]);
  const view = viewNode(await getNodeRecord(services.database.db, node.id), services.config.publicUrl);
  const lines = [`${paint("green", done)} "${printable(view.title)}" ${paint("dim", `${view.id}, revision ${view.revision}`)}`];
  if (view.path === null) {
    lines.push(`Its addresses and cards say that it is gone. \`qrcards trips restore ${view.id}\` brings it back.`);
  } else if (pathBefore !== null && pathBefore !== view.path) {
    lines.push(
      `  ${pathBefore}`,
      `  ${paint("dim", "→")} ${paint("cyan", view.path)}`,
      "The old address and all cards lead to the new one.",
    );
  } else {
    lines.push(`  ${paint("cyan", view.path)}`);
  }
  lines.push(paint("dim", "Visible everywhere."));
  const { afterMs } = visible;
  outputOf(command).print({ node: view, pathBefore, version: receipt.version, visible: "everywhere", afterMs }, lines.join("\n"));
}

import type { Command } from "commander";
import { getNodeAt, NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { revisionOption } from "../options.ts";
import { applyEdit, type RevisionOption } from "./apply-edit.ts";

interface DeleteOptions extends RevisionOption {
  readonly successor?: string;
}

export function addDeleteCommand(trips: Command): void {
  const command = trips
    .command("delete")
    .argument("<page>", NODE_ADDRESS)
    .summary("a page with all below it")
    .description(
      "Delete a page with all that lies below it. Its addresses and cards then say that it is gone, or lead to its successor. `trips restore` brings it back.",
    )
    .option("--successor <page>", "the page that answers instead")
    .addOption(revisionOption())
    .action(async (address: string, { successor, revision }: DeleteOptions, command: Command) => {
      const { deleteNode } = await import("../../trips/edits.ts");
      await applyEdit(command, {
        done: "Deleted",
        address,
        revision,
        prepare: async (services, id) => {
          const heir = successor === undefined ? undefined : await getNodeAt(services, successor);
          const successorId = heir?.snapshot.id(heir.index) ?? null;
          return (trx, at) => deleteNode(trx, id, { successorId }, at);
        },
      });
    });
  examples(command, [["trips delete my-book/2023 --successor my-book/2024", "old cards lead to the new page"]]);
}

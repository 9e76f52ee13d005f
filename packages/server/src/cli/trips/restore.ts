import type { Command } from "commander";
import { NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { applyEdit } from "./apply-edit.ts";

export function addRestoreCommand(trips: Command): void {
  const command = trips
    .command("restore")
    .argument("<page>", NODE_ADDRESS)
    .summary("a deleted page")
    .description("Bring a deleted page back, with what was there below it. `trips show --deleted` lists ids.")
    .action(async (address: string, _options: unknown, command: Command) => {
      const { restoreNode } = await import("../../trips/edits.ts");
      await applyEdit(command, {
        done: "Restored",
        address,
        deleted: true,
        prepare: async (_services, id) => (trx, at) => restoreNode(trx, id, at),
      });
    });
  examples(command, [["trips restore my-book/2023", "by its old path, or by its id"]]);
}

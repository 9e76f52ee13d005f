import type { Command } from "commander";
import { getNodeAt, NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { revisionOption } from "../options.ts";
import { applyEdit, type RevisionOption } from "./apply-edit.ts";

export function addMergeCommand(trips: Command): void {
  const command = trips
    .command("merge")
    .argument("<page>", NODE_ADDRESS)
    .argument("<into>", "the page that stays")
    .summary("one page into another")
    .description(
      "Delete a page in favour of another one, which takes over the pages below it and answers its addresses and cards. The text of the page that stays is not changed.",
    )
    .addOption(revisionOption())
    .action(async (address: string, into: string, options: RevisionOption, command: Command) => {
      const { mergeNode } = await import("../../trips/edits.ts");
      await applyEdit(command, {
        done: "Merged into",
        address,
        revision: options.revision,
        prepare: async (services, id) => {
          const { snapshot, index } = await getNodeAt(services, into);
          return (trx, at) => mergeNode(trx, id, snapshot.id(index), at);
        },
      });
    });
  examples(command, [["trips merge my-book/faq my-book/help", "/my-book/faq leads to /my-book/help"]]);
}

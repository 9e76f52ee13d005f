import type { Command } from "commander";
import { QRCardsError } from "../../errors.ts";
import { NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { revisionOption, slugOption } from "../options.ts";
import { applyEdit, type RevisionOption } from "./apply-edit.ts";

interface RenameOptions extends RevisionOption {
  readonly slug?: string;
}

export function addRenameCommand(trips: Command): void {
  const command = trips
    .command("rename")
    .argument("<page>", NODE_ADDRESS)
    .argument("[title]", "new title; the address follows it unless --slug says otherwise")
    .summary("a new title and address")
    .description("Change a page's title and its name in the address. The old address leads to the new one, for everything below it too.")
    .addOption(slugOption("new name in the address (with a trip's own page: the trip's)"))
    .addOption(revisionOption())
    .action(async (address: string, title: string | undefined, options: RenameOptions, command: Command) => {
      if (title === undefined && options.slug === undefined) throw new QRCardsError("usage", "Give a new title, --slug, or both.");
      const { editNode } = await import("../../trips/edits.ts");
      const change = { slug: options.slug ?? null, ...(title !== undefined && { title }) };
      await applyEdit(command, {
        done: "Renamed",
        address,
        revision: options.revision,
        prepare: async (_services, id) => (trx, at) => editNode(trx, id, change, at),
      });
    });
  examples(command, [
    ["trips rename my-book/ch-1 'Getting Started'", "to my-book/getting-started"],
    ["trips rename my-book/ch-1 --slug one", "only the address"],
  ]);
}

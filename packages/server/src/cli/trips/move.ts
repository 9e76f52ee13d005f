import type { Command } from "commander";
import { QRCardsError } from "../../errors.ts";
import { getNodeAt, NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { revisionOption } from "../options.ts";
import { applyEdit, type RevisionOption } from "./apply-edit.ts";
import { addPlacementOptions, choosePlace, type PlacementOptions } from "./placement.ts";

interface MoveOptions extends PlacementOptions, RevisionOption {
  readonly below?: string;
}

export function addMoveCommand(trips: Command): void {
  const command = trips
    .command("move")
    .argument("<page>", NODE_ADDRESS)
    .summary("to another parent or place")
    .description("Move a page, with all that lies below it, below another page or to another place among its siblings.")
    .option("--below <page>", "the new parent: there last, unless an option says where")
    .addOption(revisionOption())
    .action(async (address: string, options: MoveOptions, command: Command) => {
      const { below, before, after, first, revision } = options;
      if (below === undefined && before === undefined && after === undefined && first === undefined) {
        throw new QRCardsError("usage", "Say where to: --below, --before, --after or --first.");
      }
      const { moveNode } = await import("../../trips/edits.ts");
      await applyEdit(command, {
        done: "Moved",
        address,
        revision,
        prepare: async (services, id) => {
          const place = await choosePlace(services, options);
          const parent = below === undefined ? undefined : await getNodeAt(services, below);
          const parentId = parent?.snapshot.id(parent.index) ?? place.parentId;
          return (trx, at) => moveNode(trx, id, { placement: place.placement, ...(parentId !== undefined && { parentId }) }, at);
        },
      });
    });
  addPlacementOptions(command);
  examples(command, [
    ["trips move my-book/annex --below my-book/ch-2", "into chapter 2, last"],
    ["trips move my-book/ch-3 --before my-book/ch-2", "change the order"],
  ]);
}

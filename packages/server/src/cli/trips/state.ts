import { Argument, type Command } from "commander";
import { NODE_STATES, type NodeState } from "../../trips/types.ts";
import { NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { revisionOption } from "../options.ts";
import { applyEdit, type RevisionOption } from "./apply-edit.ts";

export function addStateCommand(trips: Command): void {
  const command = trips
    .command("state")
    .argument("<page>", NODE_ADDRESS)
    .addArgument(new Argument("<state>", "who may see it").choices(NODE_STATES))
    .summary("who may see a page")
    .description(
      "Say who may see a page and all that lies below it: nobody (draft), whoever has the address or a card (unlisted), everybody (public). A trip is published by the state of its first page.",
    )
    .addOption(revisionOption())
    .action(async (address: string, state: NodeState, options: RevisionOption, command: Command) => {
      const { editNode } = await import("../../trips/edits.ts");
      await applyEdit(command, {
        done: `Made ${state}:`,
        address,
        revision: options.revision,
        prepare: async (_services, id) => (trx, at) => editNode(trx, id, { state }, at),
      });
    });
  examples(command, [
    ["trips state my-book draft", "take a whole trip off"],
    ["trips state my-book/ch-4 public", "publish a page"],
  ]);
}

import type { Command } from "commander";
import { examples } from "./help.ts";
import { addAddCommand } from "./trips/add.ts";
import { addAssetCommand } from "./trips/asset.ts";
import { addCreateCommand } from "./trips/create.ts";
import { addDeleteCommand } from "./trips/delete.ts";
import { addEditCommand } from "./trips/edit.ts";
import { addListCommand } from "./trips/list.ts";
import { addMergeCommand } from "./trips/merge.ts";
import { addMoveCommand } from "./trips/move.ts";
import { addReadCommand } from "./trips/read.ts";
import { addRenameCommand } from "./trips/rename.ts";
import { addRestoreCommand } from "./trips/restore.ts";
import { addShowCommand } from "./trips/show.ts";
import { addStateCommand } from "./trips/state.ts";

export function addTripsCommand(program: Command): void {
  const trips = program
    .command("trips")
    .helpCommand(false)
    .summary("list, show and edit trips and their pages")
    .description(
      "List, show and edit trips and their pages.\n\nA page is named by its id, by its path (my-book/chapter-1; a former one too) or by its URL. Edits keep every old address and card working, and are visible everywhere within 2 s.",
    );
  trips.commandsGroup("Look:");
  addListCommand(trips);
  addShowCommand(trips);
  addReadCommand(trips);
  trips.commandsGroup("Write:");
  addCreateCommand(trips);
  addAddCommand(trips);
  addEditCommand(trips);
  addStateCommand(trips);
  addAssetCommand(trips);
  trips.commandsGroup("Rearrange:");
  addRenameCommand(trips);
  addMoveCommand(trips);
  addMergeCommand(trips);
  addDeleteCommand(trips);
  addRestoreCommand(trips);
  examples(trips, [
    ["trips show my-book", "the tree, with ids"],
    ["trips rename my-book/ch-1 'Chapter One'", "new title and address"],
    ["trips move my-book/annex --before my-book/ch-1", "change the order"],
  ]);
}

import { type Command, Option } from "commander";
import type { Services } from "../../services.ts";
import type { Placement } from "../../trips/places.ts";
import type { NodeId } from "../../trips/types.ts";
import { getNodeAt } from "../find-node.ts";

export interface PlacementOptions {
  readonly before?: string;
  readonly after?: string;
  readonly first?: true;
}

/** Where among its siblings; the last place is the default. */
export function addPlacementOptions(command: Command): Command {
  return command
    .addOption(new Option("--before <page>", "right before this one").conflicts(["after", "first"]))
    .addOption(new Option("--after <page>", "right after this one").conflicts(["before", "first"]))
    .addOption(new Option("--first", "before all others").conflicts(["before", "after"]));
}

export interface ChosenPlace {
  /** Parent of the page it is placed beside; undefined when it is placed beside none. */
  readonly parentId: NodeId | undefined;
  readonly placement: Placement;
}

export async function choosePlace(services: Services, { before, after, first }: PlacementOptions): Promise<ChosenPlace> {
  const anchor = before ?? after;
  if (anchor === undefined) return { parentId: undefined, placement: first ? "first" : "last" };
  const { snapshot, index } = await getNodeAt(services, anchor);
  const id = snapshot.id(index);
  const parent = snapshot.parent(index);
  return { parentId: parent === -1 ? undefined : snapshot.id(parent), placement: before === undefined ? { after: id } : { before: id } };
}

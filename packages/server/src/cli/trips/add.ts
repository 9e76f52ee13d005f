import type { Command } from "commander";
import type { Direction, NodeState } from "../../trips/types.ts";
import { getNodeAt, PAGE_NAMES } from "../find-node.ts";
import { examples } from "../help.ts";
import { bodyFileOption, directionOption, languageOption, slugOption, stateOption } from "../options.ts";
import { readBody } from "../user-files.ts";
import { withServices } from "../with-services.ts";
import { reportEdit } from "./apply-edit.ts";
import { addPlacementOptions, choosePlace, type PlacementOptions } from "./placement.ts";

interface AddOptions extends PlacementOptions {
  readonly slug?: string;
  readonly state: NodeState;
  readonly language?: string;
  readonly direction?: Direction;
  readonly bodyFile?: string;
}

export function addAddCommand(trips: Command): void {
  const command = trips
    .command("add")
    .argument("<parent>", `the page it goes below: ${PAGE_NAMES}`)
    .argument("<title>", "title of the new page")
    .summary("a page")
    .description("Add a page below another one: last, unless an option says where.")
    .addOption(bodyFileOption())
    .addOption(slugOption("its name in the address; default: from the title"))
    .addOption(stateOption("who may see it").default("public"))
    .addOption(languageOption("language of its text; default: the parent's"))
    .addOption(directionOption())
    .action(async (parent: string, title: string, options: AddOptions, command: Command) => {
      const text = options.bodyFile === undefined ? "" : await readBody(options.bodyFile);
      const [{ createNode }, { storeBody }, { directionOf }] = await Promise.all([
        import("../../trips/edits.ts"),
        import("../../trips/service.ts"),
        import("../../import/page-settings.ts"),
      ]);
      await withServices(async (services) => {
        const { snapshot, index } = await getNodeAt(services, parent);
        const { placement } = await choosePlace(services, options);
        const body = await services.trips.prepareBody(text);
        const { slug = null, state, language = null, direction = language === null ? null : directionOf(language) } = options;
        const {
          result: node,
          receipt,
          visible,
        } = await services.trips.edit(
          async (trx, at) => {
            const contentHash = await storeBody(trx, body, at);
            return createNode(trx, { parentId: snapshot.id(index), placement, title, slug, state, language, direction, contentHash }, at);
          },
          (node) => node.tripId,
        );
        await reportEdit(command, services, { done: "Added", node, receipt, visible, pathBefore: null });
      });
    });
  addPlacementOptions(command);
  examples(command, [
    ["trips add my-book 'Chapter 3' --body-file chapter-3.md", "at the end of the book"],
    ["trips add my-book Preface --first", "an empty page before all others"],
  ]);
}

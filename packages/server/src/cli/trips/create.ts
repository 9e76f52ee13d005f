import type { Command } from "commander";
import type { Direction, NodeState } from "../../trips/types.ts";
import { examples } from "../help.ts";
import { bodyFileOption, directionOption, languageOption, slugOption, stateOption } from "../options.ts";
import { readBody } from "../user-files.ts";
import { withServices } from "../with-services.ts";
import { reportEdit } from "./apply-edit.ts";

interface CreateOptions {
  readonly slug?: string;
  readonly state: NodeState;
  readonly language: string;
  readonly direction?: Direction;
  readonly bodyFile?: string;
}

export function addCreateCommand(trips: Command): void {
  const command = trips
    .command("create")
    .argument("<title>", "title of the trip and of its first page")
    .summary("a new trip")
    .description("Make a new trip with its first page. `qrcards import` makes one of a folder of Markdown.")
    .addOption(slugOption("first word of all its addresses; default: from the title"))
    .addOption(stateOption("who may see it").default("public"))
    .addOption(languageOption("language of its text").default("en"))
    .addOption(directionOption())
    .addOption(bodyFileOption())
    .action(async (title: string, options: CreateOptions, command: Command) => {
      const text = options.bodyFile === undefined ? "" : await readBody(options.bodyFile);
      const [{ createTrip }, { storeBody }, { directionOf }] = await Promise.all([
        import("../../trips/edits.ts"),
        import("../../trips/service.ts"),
        import("../../import/page-settings.ts"),
      ]);
      await withServices(async (services) => {
        const body = await services.trips.prepareBody(text);
        const { slug = null, state, language, direction = directionOf(language) } = options;
        const {
          result: node,
          receipt,
          visible,
        } = await services.trips.edit(
          async (trx, at) => createTrip(trx, { title, slug, state, language, direction, contentHash: await storeBody(trx, body, at) }, at),
          (node) => node.tripId,
        );
        await reportEdit(command, services, { done: "Created", node, receipt, visible, pathBefore: null });
      });
    });
  examples(command, [
    ["trips create 'City Museum' --slug museum", "an empty trip at /museum"],
    ["trips create 'دليل' --language ar --body-file intro.md", "in Arabic, from right to left"],
  ]);
}

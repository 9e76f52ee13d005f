import { type Command, Option } from "commander";
import type { Format } from "../import/detect.ts";
import type { NodeState } from "../trips/types.ts";
import { getTripAt, TRIP_NAMES } from "./find-node.ts";
import { examples } from "./help.ts";
import { languageOption, slugOption, stateOption } from "./options.ts";
import { outputOf } from "./output.ts";
import { withServices } from "./with-services.ts";

interface ImportOptions {
  readonly dryRun?: true;
  readonly trip?: string;
  readonly slug?: string;
  readonly title?: string;
  readonly state?: NodeState;
  readonly language?: string;
  readonly format?: Format;
}

export function addImportCommand(program: Command): void {
  const command = program
    .command("import")
    .argument("<path>", "an mdBook, a folder of Markdown, a .zip of either, a .md file, or an export")
    .summary("make a trip of files, or bring one in line with them")
    .description(
      "Make a trip of files, all of it or nothing. Imported again, the trip is brought in line with them: pages are recognised, so their addresses and cards go on, and pages made by hand stay.",
    )
    .option("--dry-run", "say what would happen, and change nothing")
    .option("--trip <trip>", `the trip to bring in line: ${TRIP_NAMES}; default: the one with the source's slug`)
    .addOption(slugOption("first word of the trip's addresses; default: the source's own, else from its title").conflicts("trip"))
    .option("--title <title>", "title of the trip; default: the source's own")
    .addOption(stateOption("of pages that do not say so themselves (default: public)"))
    .addOption(languageOption("of a source that does not say so itself (default: en)"))
    .addOption(new Option("--format <format>", "read it as this; default: recognised").choices(["mdbook", "folder", "json"]))
    .action(async (path: string, options: ImportOptions, command: Command) => {
      const { trip: address, ...wishes } = options;
      const output = outputOf(command);
      const [{ importSource }, { describeImport, formatImport }] = await Promise.all([
        import("./import-source.ts"),
        import("./import-report.ts"),
      ]);
      await withServices(async (services) => {
        const tripId = address === undefined ? undefined : (await getTripAt(services, address)).id;
        const imported = await importSource(services, path, { ...wishes, ...(tripId !== undefined && { tripId }) }, output);
        const report = await describeImport(services, imported, options.dryRun === true);
        output.print(report, formatImport(report));
      });
    });
  examples(command, [
    ["import ./my-book --dry-run", "look before it happens"],
    ["import ./my-book --slug book", "as /book"],
    ["import export.zip --trip book", "bring /book in line with an export"],
  ]);
}

import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { TripExport } from "../import/export/types.ts";
import { getTripAt, TRIP_ADDRESS } from "./find-node.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { count, paint, printable } from "./text.ts";
import { unusableFile, writeUserFile } from "./user-files.ts";
import { withServices } from "./with-services.ts";

type ExportFormat = "json" | "folder" | "zip";

interface ExportOptions {
  readonly out: string;
  readonly format?: ExportFormat;
}

export function addExportCommand(program: Command): void {
  const command = program
    .command("export")
    .argument("<trip>", TRIP_ADDRESS)
    .summary("write a trip to files, with nothing lost")
    .description(
      "Write a trip to files with nothing lost: texts, images, ids, former addresses, deleted pages and cards. A folder (or its ZIP) is an mdBook to read and edit anywhere; `qrcards import` takes all three back.",
    )
    .requiredOption("--out <path>", "where to: a file, or a folder that is empty or not there")
    .addOption(new Option("--format <format>", "default: by the name's ending, else a folder").choices(["json", "folder", "zip"]))
    .action(async (address: string, { out, format = formatFor(out) }: ExportOptions, command: Command) => {
      const { exportTrip } = await import("../trips/export-trip.ts");
      const { id, exported } = await withServices(async (services) => {
        const { id } = await getTripAt(services, address);
        return { id, exported: await exportTrip(services.database.db, id) };
      });
      await write(exported, format, out);
      const { trip, nodes, cards, assets } = exported;
      const root = nodes.find(({ parentId }) => parentId === null)!;
      outputOf(command).print(
        { tripId: id, slug: trip.slug, format, out, pages: nodes.length, cards: cards.length, assets: assets.length },
        `${paint("green", "Exported")} "${printable(root.title)}": ${count(nodes.length, "page")}, ${count(cards.length, "card")}, ${count(assets.length, "image")}\n  ${paint("cyan", out)}`,
      );
    });
  examples(command, [
    ["export my-book --out my-book.zip", "for safe keeping"],
    ["export my-book --out ./my-book", "to edit as files, and import again"],
  ]);
}

function formatFor(out: string): ExportFormat {
  const extension = extname(out).toLowerCase();
  return extension === ".json" ? "json" : extension === ".zip" ? "zip" : "folder";
}

async function write(exported: TripExport, format: ExportFormat, out: string): Promise<void> {
  if (format === "json") {
    const { writeJson } = await import("../import/export/write-json.ts");
    return writeUserFile(out, writeJson(exported));
  }
  const [{ writeFolder }, { zipFiles }, { saveFiles }] = await Promise.all([
    import("../import/export/write-folder.ts"),
    import("../import/export/zip-files.ts"),
    import("../import/export/save-files.ts"),
  ]);
  const files = await writeFolder(exported);
  if (format === "zip") return writeUserFile(out, zipFiles(files));
  await saveFiles(files, out).catch((error: unknown) => {
    throw unusableFile(out, "written", error);
  });
}

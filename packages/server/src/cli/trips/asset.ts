import { basename } from "node:path";
import type { Command } from "commander";
import type { StoredAsset } from "../../trips/asset-service.ts";
import { getTripAt, TRIP_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { outputOf } from "../output.ts";
import { paint } from "../text.ts";
import { readUserFile } from "../user-files.ts";
import { withServices } from "../with-services.ts";

export function addAssetCommand(trips: Command): void {
  const command = trips
    .command("asset")
    .argument("<trip>", TRIP_ADDRESS)
    .argument("[files...]", "images to store; without any, the stored ones are listed")
    .summary("store images, or list them")
    .description("Store images for a trip's pages, and say how a page shows them.")
    .action(async (address: string, files: readonly string[], _options: unknown, command: Command) => {
      const { viewAsset } = await import("../../admin/views.ts");
      const images = await Promise.all(files.map(async (file) => ({ name: basename(file), bytes: await readUserFile(file) })));
      await withServices(async (services) => {
        const trip = await getTripAt(services, address);
        const assets: StoredAsset[] = images.length === 0 ? await services.assets.list(trip.id) : [];
        for (const { name, bytes } of images) assets.push(await services.assets.add(trip.id, name, bytes));
        outputOf(command).print(
          assets.map(viewAsset),
          assets.length > 0 ? assets.map(formatAsset).join("\n") : "The trip has no images yet.",
        );
      });
    });
  examples(command, [["trips asset my-book map.png", "prints the Markdown that shows it"]]);
}

function formatAsset({ filename, mediaType, sizeBytes, width, height, markdown }: StoredAsset): string {
  const size = width !== null && height !== null ? `${width} × ${height}, ` : "";
  return `${filename}  ${paint("dim", `${mediaType}, ${size}${Math.ceil(sizeBytes / 1024)} KiB`)}\n  ${paint("cyan", markdown)}`;
}

import type { Command } from "commander";
import { examples } from "../help.ts";
import { outputOf } from "../output.ts";
import { count, formatColumns, paint, printable } from "../text.ts";
import { withServices } from "../with-services.ts";

export function addListCommand(trips: Command): void {
  const command = trips
    .command("list")
    .summary("all trips, by title")
    .description("List all trips, by title.")
    .action(async (_options: unknown, command: Command) => {
      const [{ listTrips }, { viewTrip }] = await Promise.all([import("../../trips/repository.ts"), import("../../admin/views.ts")]);
      const found = await withServices(async ({ database, config }) =>
        (await listTrips(database.db)).map((trip) => viewTrip(trip, config.publicUrl)),
      );
      const rows = found.map((trip) => [
        paint("dim", String(trip.id)),
        `/${trip.slug}`,
        printable(trip.title),
        trip.deleted ? paint("red", "deleted") : trip.state === "public" ? "" : paint("yellow", trip.state),
        paint("dim", count(trip.pages, "page")),
      ]);
      const none =
        "There are no trips yet. `qrcards import PATH` makes one of a folder of Markdown, `qrcards trips create TITLE` an empty one.";
      outputOf(command).print(found, rows.length > 0 ? formatColumns(rows) : none);
    });
  examples(command, [["trips list --json", "for scripts"]]);
}

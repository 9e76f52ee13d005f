import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { QRCardsError } from "../errors.ts";
import { formatPath } from "../paths/parse-target.ts";
import { resolve } from "../paths/resolve.ts";
import type { Services } from "../services.ts";
import { findTrip } from "../trips/repository.ts";
import type { Output } from "./output.ts";

const SLUG = "bcbs-239-the-book";
/** In a checkout; the installed package does not carry it. */
const SOURCE = fileURLToPath(new URL(`../../../../examples/${SLUG}`, import.meta.url));
/** A page three levels down, to be looked at first. */
const PAGE = ["chapter-1", "what-is-bcbs-239", "principles"];

/**
 * Loads the demo trip if this database never had it: through the same import as anybody's own book.
 *
 * @returns the path of a page to open; undefined when the trip is not to be seen (any more)
 * @throws QRCardsError `not-found` when the demo trip's files are not there
 */
export async function loadDemoTrip(services: Services, output: Output): Promise<string | undefined> {
  const { database, trips } = services;
  if ((await findTrip(database.db, SLUG)) === undefined) {
    if (!existsSync(SOURCE))
      throw new QRCardsError("not-found", "The demo trip is part of the repository, not of the installed package. Start without --demo.");
    output.note("Loading the demo trip ...");
    const { importSource } = await import("./import-source.ts");
    await importSource(services, SOURCE, { slug: SLUG }, output);
  }
  const trip = await findTrip(database.db, SLUG);
  const { snapshot } = (await trips.snapshot(trip!.id))!;
  const page = resolve(snapshot, PAGE);
  const index = page.kind === "found" ? page.node : snapshot.root;
  return snapshot.isVisible(index) ? formatPath(snapshot.path(index)) : undefined;
}

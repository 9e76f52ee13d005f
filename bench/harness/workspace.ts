import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../packages/server/src/config.ts";
import { readPlan } from "../../packages/server/src/import/read-plan.ts";
import { openSource } from "../../packages/server/src/import/source-tree.ts";
import { createServices, type Services } from "../../packages/server/src/services.ts";
import { applyPlan } from "../../packages/server/src/trips/apply-plan.ts";
import type { TripId } from "../../packages/server/src/trips/types.ts";
import { startPostgres } from "../../scripts/services/postgres.mjs";
import { type TripShape, writeFolder } from "../generate-trip.ts";

/** A folder that is gone after the benchmark, however it ends. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "qrcards-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The product's services on a database, without the server. */
export function openServices(databaseUrl: string): Promise<Services> {
  return createServices(parseConfig({ DATABASE_URL: databaseUrl, PUBLIC_URL: "https://cards.example", LOG_LEVEL: "silent" }));
}

export interface BenchDatabase {
  readonly name: string;
  readonly services: Services;
}

/** SQLite in a file and, where this machine has one, PostgreSQL: both empty, and gone after `work`. */
export async function withEachDatabase(work: (database: BenchDatabase) => Promise<void>): Promise<void> {
  const postgres = await startPostgres();
  try {
    if (postgres === undefined) console.log("PostgreSQL is not on this machine: its figures are left out.\n");
    const urls = [
      ["SQLite", `sqlite:${join(makeFolder(), "bench.db")}`] as const,
      ...(postgres ? [["PostgreSQL", postgres.value] as const] : []),
    ];
    for (const [name, url] of urls) {
      const services = await openServices(url);
      try {
        await work({ name, services });
      } finally {
        await services.close();
      }
    }
  } finally {
    await postgres?.stop();
  }
}

/** Makes a trip with real texts: a generated folder, through the product's own import. */
export async function importGenerated(databaseUrl: string, shape: TripShape, slug: string): Promise<TripId> {
  const folder = join(makeFolder(), slug);
  await writeFolder(folder, shape);
  const source = await openSource(folder);
  const services = await openServices(databaseUrl);
  try {
    const { tripId } = await applyPlan(services.trips, await readPlan(source, { slug }));
    return tripId!;
  } finally {
    await services.close();
    await source.close();
  }
}

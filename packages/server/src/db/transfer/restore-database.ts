import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { isUnusable } from "../../database-errors.ts";
import { QRCardsError } from "../../errors.ts";
import { type Database, openDatabase } from "../database.ts";
import { listPendingSteps } from "../migrate.ts";
import { type MoveOptions, moveContents, type TableReport } from "./move-contents.ts";
import { withTarget } from "./open-for-moving.ts";

export interface RestoreReport {
  readonly file: string;
  readonly to: string;
  readonly tables: readonly TableReport[];
}

export interface RestoreOptions extends Omit<MoveOptions, "replace"> {
  readonly file: string;
  readonly to: string;
  /** Called before anything is replaced: rejecting ends it. */
  readonly confirm?: (target: { readonly label: string; readonly trips: number }) => Promise<void>;
}

/**
 * Puts a backup into a database, of either kind, in place of all that it holds. Servers may run on it: they show what was
 * there before until the commit, and none does when this resolves.
 *
 * @throws QRCardsError `backup-unusable`, `schema-newer`, and those of `moveContents`; an error of the file system
 */
export async function restoreDatabase({ file, to, confirm, ...options }: RestoreOptions): Promise<RestoreReport> {
  // Where it cannot be read, the file system says why in better words than SQLite.
  await (await open(file)).close();
  return withBackup(file, (source) =>
    withTarget(to, async (target) => {
      if (target.filename === source.filename) throw new QRCardsError("usage", `"${file}" is the database itself.`);
      await confirm?.({ label: target.label, trips: await countTrips(target) });
      return { file, to: target.label, tables: await moveContents(source, target, { ...options, replace: true }) };
    }),
  );
}

async function countTrips({ db }: Database): Promise<number> {
  const counted = db.selectFrom("trips").select((trips) => trips.fn.countAll<number>().as("count"));
  return (await counted.where("id", ">", 0).executeTakeFirstOrThrow()).count;
}

/** Runs `work` on a backup, or, where it is of an older version, on a copy that was brought up to date. */
async function withBackup<T>(file: string, work: (source: Database) => Promise<T>): Promise<T> {
  const source = openDatabase({ url: `sqlite:${file}`, readOnly: true });
  try {
    if ((await inspect(source, file)) === "up to date") return await work(source);
  } finally {
    await source.close();
  }
  const folder = await mkdtemp(join(tmpdir(), "qrcards-restore-"));
  try {
    const copy = join(folder, "backup.db");
    await copyFile(file, copy);
    return await withTarget(`sqlite:${copy}`, work);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inspect(source: Database, file: string): Promise<"up to date" | "older"> {
  try {
    const tables = new Set((await source.db.introspection.getTables({ withInternalKyselyTables: true })).map(({ name }) => name));
    if (tables.has("kysely_migration") && tables.has("meta")) return (await listPendingSteps(source)).length === 0 ? "up to date" : "older";
  } catch (error) {
    if (!isUnusable(error)) throw error;
    throw new QRCardsError("backup-unusable", `"${file}" cannot be restored: ${error.message}.`, { cause: error });
  }
  throw new QRCardsError("backup-unusable", `"${file}" is a database, but not one of QRCards.`);
}

/** With what may stand in a log beside it. */
async function copyFile(file: string, copy: string): Promise<void> {
  const connection = new DatabaseSync(file, { readOnly: true });
  try {
    await backup(connection, copy);
  } finally {
    connection.close();
  }
}

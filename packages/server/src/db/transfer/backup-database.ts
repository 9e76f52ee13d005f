import { existsSync, statSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { QRCardsError } from "../../errors.ts";
import { type MoveOptions, moveContents, type TableReport } from "./move-contents.ts";
import { withSource, withTarget } from "./open-for-moving.ts";

export interface BackupReport {
  readonly from: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly tables: readonly TableReport[];
}

export interface BackupOptions extends Pick<MoveOptions, "onProgress"> {
  readonly from: string;
  readonly file: string;
  /** Whether a file that is there may be replaced. Default false. */
  readonly force?: boolean;
}

/** What SQLite has beside a file while it writes, or after it was killed. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/**
 * Writes all contents of a database, of either kind, into one SQLite file that is a database of QRCards itself. One moment of
 * the database, which may be in use. A file that stood there before stays until the new one is complete and on the disk.
 *
 * @throws QRCardsError `backup-refused`, and those of `copyDatabase`; an error of the file system
 */
export async function backupDatabase({ from, file, force = false, onProgress }: BackupOptions): Promise<BackupReport> {
  refuse(file, force);
  const partial = `${file}.partial-${process.pid}`;
  // SQLite would make folders that are not there, and say less about those that cannot be written to.
  await (await open(partial, "wx")).close();
  try {
    const report = await withSource(from, (source) =>
      withTarget(`sqlite:${partial}`, async (target) => ({
        from: source.label,
        tables: await moveContents(source, target, onProgress && { onProgress }),
      })),
    );
    makeSingleFile(partial);
    const { size } = await stat(partial);
    await rename(partial, file);
    return { ...report, file, sizeBytes: size };
  } catch (error) {
    for (const end of ["", ...COMPANIONS]) await rm(partial + end, { force: true });
    throw error;
  }
}

function refuse(file: string, force: boolean): void {
  // SQLite would take them for a part of the new file, and spoil it.
  const companion = COMPANIONS.map((end) => file + end).find((path) => existsSync(path));
  if (companion !== undefined)
    throw new QRCardsError(
      "backup-refused",
      `"${companion}" is there, so "${file}" is a database in use, or was one when its program was killed.`,
    );
  const there = statSync(file, { throwIfNoEntry: false });
  // A folder, a device: a file would take its place.
  if (there?.isFile() === false) throw new QRCardsError("backup-refused", `"${file}" is no file.`);
  if (!force && there !== undefined) throw new QRCardsError("backup-refused", `"${file}" is there already.`);
}

/** Without a write-ahead log, a database can be read from any disk, and is whole when its one file is copied. */
function makeSingleFile(path: string): void {
  const connection = new DatabaseSync(path);
  connection.exec("pragma journal_mode = delete");
  connection.close();
}

import { renameSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { QRCardsError } from "../errors.ts";
import { refuseOtherSchema } from "./migrate.ts";

export interface SqliteFileOptions {
  /** Only reads. Default false. */
  readonly readOnly?: boolean;
  /** What the one who opens it had open there before. */
  readonly before?: SqliteFile | undefined;
}

/**
 * A connection to a SQLite file, which knows whether its path leads to that file still. Somebody may move the file away or
 * another one to its place; whoever holds a connection goes on in the old file, where what it writes is lost.
 */
export class SqliteFile {
  readonly connection: DatabaseSync;
  /** Device and number of the file: no other has the same while the connection is open. */
  readonly identity: string;
  /** The write-ahead log that belongs to it. */
  readonly #log: string | undefined;
  readonly #filename: string;

  /**
   * Opens the file with the settings that every connection of ours has. It must be there; an empty one is a new database.
   *
   * @throws QRCardsError `database-unavailable`; `schema-older` or `schema-newer` if it came to the place of another one
   */
  constructor(filename: string, { readOnly = false, before }: SqliteFileOptions = {}) {
    const identity = identify(filename);
    if (identity === undefined) throw new QRCardsError("database-unavailable", `The database file ${filename} is not there.`);
    if (before !== undefined && before.identity !== identity) {
      refuseWrongFile(filename);
      putLogAside(filename, before.#log);
    }
    const connection = new DatabaseSync(toUri(filename, { mode: readOnly ? "ro" : "rw" }), { timeout: 0, readOnly });
    try {
      // busy_timeout stays 0: SQLite would wait by blocking the event loop. We retry asynchronously instead.
      // FULL: an edit that was acknowledged outlives a power cut, and so does a card that may be in print by then. It costs one
      // flush of the disk a commit.
      if (!readOnly) connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
      connection.exec("PRAGMA cache_size = -16000; SELECT 1 FROM sqlite_schema;");
      this.#log = identify(`${filename}-wal`);
      // Else the log may be another file's.
      if (identify(filename) !== identity)
        throw new QRCardsError("database-unavailable", `The database file ${filename} is being replaced.`);
    } catch (error) {
      connection.close();
      throw error;
    }
    this.connection = connection;
    this.identity = identity;
    this.#filename = filename;
  }

  /** Whether the path leads to another file by now, or to none. Takes 3 us. */
  isReplaced(): boolean {
    return identify(this.#filename) !== this.identity;
  }
}

/** As a URI, since only so it can be said that no file is to be made. */
function toUri(filename: string, parameters: Readonly<Record<string, string>>): URL {
  const uri = pathToFileURL(filename);
  uri.search = new URLSearchParams(parameters).toString();
  return uri;
}

/** Before anything is touched, as the right file may come back. Immutable: read without the log, which is not of this file. */
function refuseWrongFile(filename: string): void {
  const connection = new DatabaseSync(toUri(filename, { mode: "ro", immutable: "1" }), { readOnly: true });
  try {
    refuseOtherSchema(filename, connection);
  } finally {
    connection.close();
  }
}

function identify(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/**
 * SQLite goes by names: it would take the log of the file that was there before for the new one's, and read pages of both.
 * The log is kept, under another name: it may hold edits that are nowhere else.
 *
 * @param log which log it is; another one belongs to the new file
 */
function putLogAside(filename: string, log: string | undefined): void {
  // Several processes find out at the same time, and none may take the log that another one has just begun. By a lock that ends
  // with the process that has it, also where that is killed. The file stays, as whoever removed it would remove a lock.
  const path = `${filename}-replaced`;
  const mutex = new DatabaseSync(path, { timeout: 0 });
  try {
    mutex.exec("BEGIN EXCLUSIVE");
    if (log === undefined || identify(`${filename}-wal`) !== log) return;
    // The index goes first: without a log it would be believed, the log without it would not.
    rmSync(`${filename}-shm`, { force: true });
    renameSync(`${filename}-wal`, `${filename}-wal-of-replaced`);
  } catch (cause) {
    throw new QRCardsError("database-unavailable", `The database file ${filename} is being replaced (by whoever has locked ${path}).`, {
      cause,
    });
  } finally {
    mutex.close();
  }
}

/** SQLite's primary result codes, the low byte of `errcode`: https://www.sqlite.org/rescode.html */
const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** The file is not what it should be, or is not ours to use: trying again does not help. */
const SQLITE_UNUSABLE: ReadonlySet<number> = new Set([
  SQLITE_PERM,
  SQLITE_READONLY,
  SQLITE_IOERR,
  SQLITE_CORRUPT,
  SQLITE_CANTOPEN,
  SQLITE_NOTADB,
]);

/** SQLSTATEs of PostgreSQL, Appendix A: try again and it may well work. */
const POSTGRES_BUSY: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available
  "57014", // query_canceled: the server's statement timeout
]);

/** The server answers, and refuses us. */
const POSTGRES_UNUSABLE: ReadonlySet<string> = new Set([
  "25006", // read_only_sql_transaction
  "28000", // invalid_authorization_specification
  "28P01", // invalid_password
  "3D000", // invalid_catalog_name: there is no such database
  "42501", // insufficient_privilege
]);

const POSTGRES_DISK_FULL = "53100";

/** Nobody answers, or only to say that nobody can be served. Class 08, connection exceptions, belongs here as a whole. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  "53300", // too_many_connections
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  // The cache's: nobody could say in time what is current.
  "authority-unavailable",
  "load-timeout",
  "closed",
]);

/** Errors of `pg` and `pg-pool` that have no code at all. */
const UNAVAILABLE_MESSAGES: ReadonlySet<string> = new Set([
  "Connection terminated",
  "Connection terminated unexpectedly",
  "Connection terminated due to connection timeout",
  "timeout exceeded when trying to connect",
  "timeout expired",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
]);

/** What an error of `node:sqlite`, `pg` or the cache in front of them means for the one who asked; undefined when it is a fault of ours, or no database's. */
export function classifyDatabaseError(error: Error): "busy" | "database-unavailable" | undefined {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  const primary = sqliteCodeOf(error);
  if (primary !== undefined) {
    if (primary === SQLITE_BUSY || primary === SQLITE_LOCKED) return "busy";
    return primary === SQLITE_CANTOPEN ? "database-unavailable" : undefined;
  }
  if (typeof code === "string") {
    if (POSTGRES_BUSY.has(code)) return "busy";
    const noSocketFile = code === "ENOENT" && syscall === "connect";
    return noSocketFile || UNAVAILABLE.has(code) || /^08[0-9A-Z]{3}$/.test(code) ? "database-unavailable" : undefined;
  }
  return UNAVAILABLE_MESSAGES.has(error.message) ? "database-unavailable" : undefined;
}

/** There is no room left where the database is. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && (sqliteCodeOf(error) === SQLITE_FULL || (error as { code?: unknown }).code === POSTGRES_DISK_FULL);
}

/** Whether a database cannot be used as it is, or not by us: a matter for its operator, to whom the driver's words say what it is. */
export function isUnusable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const primary = sqliteCodeOf(error);
  return primary === undefined ? POSTGRES_UNUSABLE.has(String((error as { code?: unknown }).code)) : SQLITE_UNUSABLE.has(primary);
}

function sqliteCodeOf(error: Error): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === "ERR_SQLITE_ERROR" && typeof errcode === "number" ? errcode & 0xff : undefined;
}

/** SQLite's primary result codes, the low byte of `errcode`: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CANTOPEN = 14;

/** SQLSTATEs of PostgreSQL, Appendix A: try again and it may well work. */
const POSTGRES_BUSY: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available
  "57014", // query_canceled: our statement timeout
]);

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

/** What an error of `node:sqlite` or `pg` means for the one who asked; undefined when it is a fault of ours, or no database's. */
export function classifyDatabaseError(error: Error): "busy" | "database-unavailable" | undefined {
  const { code, errcode, syscall } = error as { code?: unknown; errcode?: unknown; syscall?: unknown };
  if (code === "ERR_SQLITE_ERROR" && typeof errcode === "number") {
    const primary = errcode & 0xff;
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

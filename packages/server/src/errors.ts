/**
 * Every error that a user of QRCards can meet, in one catalogue: a stable code, the HTTP status it becomes, and what to
 * do about it. `docs/errors.md` lists the same codes; a test holds the two against each other.
 */
export const ERRORS = {
  // Requests
  "bad-request": { status: 400, help: "Correct the request as the message says and send it again." },
  "bad-target": { status: 400, help: "The address is not well-formed. Check its percent-encoding." },
  "bad-host": { status: 400, help: "Send exactly one valid Host header." },
  unauthorized: { status: 401, help: "Send `Authorization: Bearer <token>`. Create a token with `qrcards token create`." },
  forbidden: { status: 403, help: "The token lacks the scope for this. Create one with the scope that the message names." },
  "not-found": { status: 404, help: "Check the address or id. `qrcards trips list` and `qrcards trips show` list what there is." },
  "method-not-allowed": { status: 405, help: "Use one of the methods in the Allow header." },
  "revision-conflict": {
    status: 409,
    help: "Somebody else changed this first. Read it again, apply your change to what is there now, and send the new revision.",
  },
  "idempotency-mismatch": { status: 409, help: "This Idempotency-Key was used for another request. Use a new key for a new request." },
  gone: { status: 410, help: "It was deleted. Restore it, or use its successor." },
  "too-large": { status: 413, help: "Send less at once. The message names the limit." },
  "target-too-long": { status: 414, help: "Addresses may have up to 8 KiB." },
  "unsupported-media-type": { status: 415, help: "Send `Content-Type: application/json`, or the type that the message names." },
  "validation-failed": { status: 422, help: "Correct the fields that the message names." },
  "revision-required": {
    status: 428,
    help: "Read the page, and send its revision with the edit: as `revision` in the body or as If-Match.",
  },
  "rate-limited": { status: 429, help: "Wait for the seconds in Retry-After." },
  // Trips and nodes
  "slug-reserved": { status: 422, help: "Choose another slug: this word is kept for the server's own routes." },
  "slug-taken": { status: 409, help: "Choose another slug, or rename what holds it first." },
  "slug-invalid": { status: 422, help: "A slug has letters, digits and single hyphens, at most 60 characters." },
  "path-too-long": { status: 422, help: "Shorten a slug above, or move the page higher: its address would pass 6 KiB." },
  "move-into-itself": { status: 409, help: "A page cannot move below itself. Choose a parent outside of it." },
  "other-trip": { status: 409, help: "Moving or merging between trips is not possible yet. Export it and import it there." },
  "root-fixed": { status: 409, help: "The trip's own page cannot be moved or merged. Edit, delete or restore the trip instead." },
  "parent-gone": { status: 409, help: "Restore the parent first, or choose a living one." },
  "asset-refused": { status: 422, help: "Upload PNG, JPEG, GIF, WebP, AVIF or SVG images, or a file type that the message names." },
  // Cards and QR images
  "card-code-invalid": {
    status: 404,
    help: "Check the code against the card: its check character does not fit, so a character was misread.",
  },
  "qr-unscannable": { status: 422, help: "Choose stronger contrast, a larger size, a higher error level or a smaller logo." },
  // Import and export
  "import-refused": { status: 422, help: "Correct what the message names and import again; nothing was changed." },
  "export-refused": { status: 409, help: "Choose an empty or new directory for the export." },
  // Operation
  "config-invalid": { status: 500, help: "Correct the settings that the message names and start again." },
  "schema-newer": { status: 500, help: "This database was written by a newer QRCards. Upgrade this installation; nothing was changed." },
  "schema-older": {
    status: 500,
    help: "If it is of an older QRCards, start this version on it once (`qrcards serve`), which brings it up to date; make a backup with the older version before.",
  },
  "target-not-empty": {
    status: 409,
    help: "Name an empty database, or say with --replace that what is there may go. Nothing was changed.",
  },
  "copy-mismatch": {
    status: 500,
    help: "Nothing was changed. `qrcards doctor` on the source shows whether rows were damaged by hand; else this is a fault in QRCards.",
  },
  "backup-refused": { status: 409, help: "Choose another name, or say with --force that the file there may go. Nothing was changed." },
  "backup-unusable": { status: 422, help: "Name a file that `qrcards backup` made. Nothing was changed." },
  busy: { status: 503, help: "The database is busy with a longer write. Try again in a few seconds." },
  "database-unavailable": { status: 503, help: "The database cannot be reached. Check DATABASE_URL and that the database runs." },
  "database-unusable": {
    status: 500,
    help: "Check DATABASE_URL or QRCARDS_DATA, and that this user may read and write there. `qrcards doctor` looks closer.",
  },
  "storage-full": { status: 507, help: "Make room on the database's disk, then try again; nothing was changed." },
  internal: { status: 500, help: "This is a fault in QRCards. The server's log has the details under the request id." },
  // The command line
  usage: { status: 400, help: "Run the command with --help to see what it takes." },
  "file-unusable": { status: 400, help: "Check the path and who may use it." },
  "port-taken": {
    status: 503,
    help: "Another program listens there, perhaps a QRCards that runs already. End it, or take another port: `PORT=3001 npm start`.",
  },
} as const satisfies Record<string, { status: number; help: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that a user can act on. Anything else that is thrown is a fault of ours and becomes `internal`. */
export class QRCardsError extends Error {
  override readonly name = "QRCardsError";
  readonly code: ErrorCode;
  /** Facts for the caller as JSON, e.g. both versions of a conflict. Never a stack, a file path or SQL. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /** @param message one sentence that names the thing at fault; the catalogue adds what to do. */
  constructor(code: ErrorCode, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get help(): string {
    return ERRORS[this.code].help;
  }
}

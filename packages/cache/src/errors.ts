/** The stable codes of every error this library throws. */
export type CacheErrorCode = "authority-unavailable" | "load-timeout" | "unversioned" | "closed" | "option-invalid";

/** What every error of this library is. Match on `code`, which is stable; the message is for people. */
export class CacheError extends Error {
  override readonly name: string = "CacheError";
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Nobody can say at present which entries are current: the lease has run out and the authority did not answer in time.
 * An HTTP server answers 503 to this. `cause` is the authority's own error, if it gave one.
 */
export class AuthorityUnavailableError extends CacheError {
  override readonly name = "AuthorityUnavailableError";

  constructor(message: string, options?: ErrorOptions) {
    super("authority-unavailable", message, options);
  }
}

/** A loader did not settle within `hardTimeoutMs`. All waiters get this; the key is free again; a late value is ignored. */
export class LoadTimeoutError extends CacheError {
  override readonly name = "LoadTimeoutError";

  constructor(key: string, timeoutMs: number) {
    super("load-timeout", `The load of "${key}" did not settle within ${timeoutMs} ms.`);
  }
}

/** Under an authority each value must say of which version it is: return `versioned(value, reading)` from the loader. */
export class UnversionedError extends CacheError {
  override readonly name = "UnversionedError";

  constructor(key: string) {
    super("unversioned", `The value for "${key}" has no version, and this cache has an authority. Wrap it: versioned(value, reading).`);
  }
}

/** The cache or the freshness was closed. */
export class CacheClosedError extends CacheError {
  override readonly name = "CacheClosedError";

  constructor(what: string) {
    super("closed", `${what} is closed.`);
  }
}

/** An option, a key or a policy has a value that it cannot have. The message names it. */
export class CacheOptionError extends CacheError {
  override readonly name = "CacheOptionError";

  constructor(message: string) {
    super("option-invalid", message);
  }
}

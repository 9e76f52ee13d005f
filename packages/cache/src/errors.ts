/** The stable codes of every error this library throws. */
export type CacheErrorCode =
  | "authority-unavailable"
  | "load-timeout"
  | "unversioned"
  | "closed"
  | "option-invalid"
  | "shared-tier-unavailable"
  | "not-connected"
  | "codec";

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

/**
 * The shared tier was not heard. `open`: it was not asked, as it failed or was slow before (see `Breaker`). `late`: it did not
 * answer in time. `failed`: it answered with an error, which is the `cause`. `closed`: it was being closed.
 */
export class SharedTierUnavailableError extends CacheError {
  override readonly name = "SharedTierUnavailableError";
  readonly reason: "open" | "late" | "failed" | "closed";

  constructor(reason: SharedTierUnavailableError["reason"], options?: ErrorOptions) {
    super("shared-tier-unavailable", `The shared tier gave no answer: ${reason}.`, options);
    this.reason = reason;
  }
}

/** There is no connection to the shared store at present. A tier rejects with it at once, instead of queueing. */
export class NotConnectedError extends CacheError {
  override readonly name = "NotConnectedError";

  constructor(what: string, options?: ErrorOptions) {
    super("not-connected", `${what} is not connected.`, options);
  }
}

/** A value cannot be encoded without changing it, or bytes are nothing that this codec made. */
export class CodecError extends CacheError {
  override readonly name = "CodecError";
  /** Where in the value, e.g. `value.pages[3].author`; empty for bytes that cannot be decoded. */
  readonly path: string;

  constructor(message: string, path = "", options?: ErrorOptions) {
    super("codec", message, options);
    this.path = path;
  }
}

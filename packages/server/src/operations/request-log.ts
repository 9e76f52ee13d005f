import type { Logger } from "pino";
import { tripOfTag } from "../trips/keys.ts";
import { FloodGate } from "./flood-gate.ts";
import { redactTarget } from "./redact.ts";
import type { Answered } from "./traffic.ts";

/** An answer that took longer is told of, whatever it was. */
const SLOW_MS = 1_000;

type Level = "error" | "warn" | "info";

export interface RequestLogOptions {
  readonly log: Logger;
  /** The part of the successful answers, 0 to 1, that get a line at level `info`. */
  readonly sample: number;
}

/**
 * At most one line a request: what went wrong here at `error`, what was slow at `warn`, what was refused and a sample of all else
 * at `info`. Ten lines of one kind in a second, then their number.
 */
export class RequestLog {
  readonly #log: Logger;
  readonly #sample: number;
  readonly #gate: FloodGate;

  constructor({ log, sample }: RequestLogOptions) {
    this.#log = log;
    this.#sample = sample;
    this.#gate = new FloodGate({ onHeldBack: (what, count) => log.warn({ what, count }, "more of the same within a second") });
  }

  /** Whether pages from memory are of interest too. */
  get wantsHits(): boolean {
    return this.#sample > 0 && this.#log.isLevelEnabled("info");
  }

  answered(answered: Answered): void {
    const { status, notes, durationMs } = answered;
    if (status !== undefined && status >= 500)
      this.#write("error", notes.code ?? String(status), answered, "a request could not be answered");
    else if (durationMs > SLOW_MS) this.#write("warn", "slow", answered, "an answer was slow");
    else if (status === undefined) this.#write("info", "aborted", answered, "a client went away before its answer");
    else if (status >= 400) this.#write("info", notes.code ?? String(status), answered, "a request was refused");
    else if (Math.random() < this.#sample) this.#log.info(describe(answered), "answered");
  }

  /** What came on a connection that is no request at all. */
  broken(code: string | undefined): void {
    if (this.#log.isLevelEnabled("info") && this.#gate.admit(`broken ${code}`)) this.#log.info({ code }, "what came is no request");
  }

  close(): void {
    this.#gate.close();
  }

  #write(level: Level, kind: string, answered: Answered, message: string): void {
    if (this.#log.isLevelEnabled(level) && this.#gate.admit(kind)) this.#log[level](describe(answered), message);
  }
}

function describe({ request, kind, status, durationMs, notes }: Answered): Record<string, unknown> {
  const { cache, tag = "", code, error, requestId } = notes;
  // Trip 0 is the catalog.
  const trip = tripOfTag(tag) ?? 0;
  return {
    method: request.method,
    path: redactTarget(request.url!),
    kind,
    status: status ?? "aborted",
    ms: Math.round(durationMs * 1_000) / 1_000,
    ...(cache !== undefined && { cache }),
    ...(trip > 0 && { trip }),
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId }),
    ...(error !== undefined && { err: error }),
  };
}

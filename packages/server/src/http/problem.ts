import { classifyDatabaseError } from "../database-errors.ts";
import { ERRORS, type ErrorCode, QRCardsError } from "../errors.ts";
import { listInvalidFields, type SchemaError } from "./invalid-fields.ts";
import { SERVER_LIMITS } from "./server-limits.ts";

/** RFC 9457. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** An answer that says what went wrong, ready to be sent. */
export interface Problem {
  readonly status: number;
  /** Beyond those that every JSON answer has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ProblemBody;
}

/** The members of RFC 9457, ours, and the error's own details. */
export interface ProblemBody {
  /** A name, not an address: there is one for each code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  /** What happened this time. */
  readonly detail: string;
  /** What to do about it. */
  readonly help: string;
  /** The server's log has more under it. */
  readonly requestId: string;
  readonly [detail: string]: unknown;
}

/** What a problem is made from: a `QRCardsError`, or a `Refusal` of the request checks. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How long to wait, by status, when the error itself does not say, in its details as `retryAfterMs`. */
const RETRY_AFTER_MS: Readonly<Record<number, number>> = { 429: 10_000, 503: 3_000 };

/**
 * The one place where an error becomes a status. Whatever was thrown, it never throws. Only what is in the catalogue, and
 * there not with status 500, says anything about itself: messages, stacks, paths and SQL of all else belong to the log.
 */
export function toProblem(error: unknown, requestId: string): Problem {
  return describeFault(findFault(error) ?? INTERNAL, requestId);
}

/** A fault that is known already, spelt out. */
export function describeFault({ code, message, details, headers }: Fault, requestId: string): Problem {
  const { status, help } = ERRORS[code];
  const { retryAfterMs = RETRY_AFTER_MS[status], ...rest } = details ?? {};
  return {
    status,
    headers: typeof retryAfterMs === "number" ? { ...headers, "retry-after": String(Math.ceil(retryAfterMs / 1000)) } : { ...headers },
    body: { ...rest, type: `urn:problem-type:qrcards:${code}`, title: formatTitle(code), status, code, detail: message, help, requestId },
  };
}

const INTERNAL: Fault = { code: "internal", message: "Something went wrong on the server." };

function findFault(error: unknown): Fault | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof QRCardsError) return error.status === 500 ? undefined : error;
  return findValidationFault(error) ?? findFastifyFault(error) ?? findDatabaseFault(error);
}

function findValidationFault(error: Error): Fault | undefined {
  const { validation, validationContext } = error as { validation?: readonly SchemaError[]; validationContext?: string };
  if (validation === undefined) return undefined;
  const fields = listInvalidFields(validation, validationContext);
  const named = fields.map((field) => `${field.in}${field.path} ${field.message}`);
  return { code: "validation-failed", message: `The request is not valid: ${named.join("; ")}.`, details: { fields } };
}

const FASTIFY_FAULTS: Readonly<Record<number, Fault>> = {
  400: { code: "bad-request", message: "The request is not well-formed." },
  413: {
    code: "too-large",
    message: `The body is larger than this route takes. JSON may have ${SERVER_LIMITS.maxJsonBytes / 2 ** 20} MiB.`,
  },
  414: { code: "target-too-long", message: "A part of the address is too long." },
  415: { code: "unsupported-media-type", message: "This route does not take a body of that type." },
};

/** Fastify's own refusals of a request, by status: its codes are many, and its words name its insides. */
function findFastifyFault(error: Error): Fault | undefined {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (code === "FST_ERR_BAD_URL") return { code: "bad-target", message: "The address is not well-formed." };
  if (typeof code !== "string" || !code.startsWith("FST_") || typeof statusCode !== "number") return undefined;
  return FASTIFY_FAULTS[statusCode];
}

function findDatabaseFault(error: Error): Fault | undefined {
  const code = classifyDatabaseError(error);
  if (code === undefined) return undefined;
  return { code, message: code === "busy" ? "The database is busy." : "The database does not answer." };
}

function formatTitle(code: ErrorCode): string {
  const words = code.replaceAll("-", " ").replace(/^qr /, "QR ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

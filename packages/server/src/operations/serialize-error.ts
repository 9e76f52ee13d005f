import { redact } from "./redact.ts";

/** An error in the log. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** Causes within causes. */
const DEEPEST = 4;

/**
 * What the log says of something that was thrown. Only what is listed: libraries hang requests, statements with their values and
 * connections with their passwords on their errors.
 */
export function serializeError(thrown: unknown, depth = 0): LoggedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: redact(String(thrown)) };
  const { name, message, stack, cause } = thrown;
  const { code } = thrown as { code?: unknown };
  return {
    type: name,
    message: redact(message),
    ...((typeof code === "string" || typeof code === "number") && { code }),
    ...(stack !== undefined && { stack: redact(stack) }),
    ...(cause !== undefined && depth < DEEPEST && { cause: serializeError(cause, depth + 1) }),
  };
}

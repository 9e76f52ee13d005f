import { QRCardsError } from "../errors.ts";
import type { InvalidField } from "./invalid-fields.ts";
import { formatJsonPointer } from "./json-pointer.ts";
import { SERVER_LIMITS } from "./server-limits.ts";

/** Keys that reach an object's prototype when somebody copies them carelessly. */
const POLLUTING_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Strips a byte order mark, which RFC 8259 §8.1 lets a parser ignore. */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The parser for `application/json` bodies. Their size is the server's to limit, before the body is in memory.
 * @throws QRCardsError `bad-request` for an empty body, invalid UTF-8 or invalid JSON, and what `checkJson` throws.
 */
export function parseJsonBody(body: Uint8Array): unknown {
  if (body.length === 0) throw new QRCardsError("bad-request", "The body is empty; it should be JSON.");
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch (cause) {
    throw new QRCardsError("bad-request", "The body is not valid UTF-8.", { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new QRCardsError("bad-request", `The body is not valid JSON: ${(cause as SyntaxError).message}.`, { cause });
  }
  checkJson(value);
  return value;
}

/**
 * Refuses what no schema should have to think of. `value` comes from `JSON.parse`.
 * @throws QRCardsError `bad-request` for more than 64 levels or a key named `__proto__`, `constructor` or `prototype`;
 *   `validation-failed` for a NUL (PostgreSQL stores none) or half a surrogate pair (no UTF-8 for it) in a string or key.
 */
export function checkJson(value: unknown): void {
  checkValue(value, []);
}

function checkValue(value: unknown, path: (string | number)[]): void {
  if (typeof value === "string") {
    const fault = faultOf(value);
    if (fault !== undefined) throw invalid(path, fault);
  }
  if (typeof value !== "object" || value === null) return;
  if (path.length === SERVER_LIMITS.maxJsonDepth) {
    throw new QRCardsError("bad-request", `The JSON is nested deeper than ${SERVER_LIMITS.maxJsonDepth} levels.`);
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkMember(index, item, path);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (POLLUTING_KEYS.has(key)) throw new QRCardsError("bad-request", `The JSON has a key named ${key}.`);
    const fault = faultOf(key);
    if (fault !== undefined) throw invalid(path, `has a key that ${fault}`);
    checkMember(key, item, path);
  }
}

function checkMember(key: string | number, item: unknown, path: (string | number)[]): void {
  path.push(key);
  checkValue(item, path);
  path.pop();
}

function faultOf(text: string): string | undefined {
  if (text.includes("\0")) return "holds a NUL character";
  return text.isWellFormed() ? undefined : "holds half a surrogate pair";
}

function invalid(path: readonly (string | number)[], message: string): QRCardsError {
  const field: InvalidField = { in: "body", path: formatJsonPointer(path), message };
  return new QRCardsError("validation-failed", `The body at "${field.path}" ${message}.`, { details: { fields: [field] } });
}

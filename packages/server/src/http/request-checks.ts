import { ERRORS, type ErrorCode } from "../errors.ts";
import { SERVER_LIMITS } from "./server-limits.ts";

/** What the checks need of `IncomingMessage`. */
export interface RequestHead {
  readonly method?: string | undefined;
  /** The raw request target. Node gives one character a byte. */
  readonly url?: string | undefined;
  readonly httpVersion: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** Why a request is answered before anything looks at it. One frozen value a reason: a flood of bad requests allocates nothing. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  /** One sentence that names the thing at fault. Repeats nothing that the client sent. */
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where one message ends and the next begins is in doubt, so the connection must not be used again. */
const CLOSE = { connection: "close" };

const REFUSALS = {
  version: refusal("bad-request", "This server speaks HTTP/1.1 and HTTP/1.0.", CLOSE),
  framing: refusal("bad-request", "Transfer-Encoding does not go together with HTTP/1.0 or with Content-Length.", CLOSE),
  noHost: refusal("bad-host", "The request has no Host header.", CLOSE),
  hosts: refusal("bad-host", "The request has more than one Host header.", CLOSE),
  host: refusal("bad-host", "The Host header is not a host name or address with an optional port.", CLOSE),
  form: refusal("bad-target", "The request target must start with exactly one slash."),
  hash: refusal("bad-target", "The request target holds a raw '#'."),
  characters: refusal("bad-target", "The request target holds something else than visible ASCII characters."),
  long: refusal("target-too-long", "The request target is longer than 8 KiB."),
  notRead: refusal("method-not-allowed", "Only GET and HEAD are allowed here.", { allow: "GET, HEAD" }),
} as const;

/**
 * The first thing that happens to a request, ahead of caches and routes. Node's parser lets all of this pass.
 *
 * Stricter than RFC 9112 in two places: the absolute form of the target (§3.2.2, for proxies) and `OPTIONS *` are refused,
 * so that every reader of the target starts from the same slash; and a Host is a DNS name or an IP address, not any
 * `reg-name` of RFC 3986.
 *
 * @returns undefined when the request may go on.
 */
export function checkRequest(request: RequestHead): Refusal | undefined {
  return checkHeaders(request) ?? checkTarget(request.url ?? "");
}

/** For routes that can only be read. Known only once the route is, hence not part of `checkRequest`. */
export function checkReadMethod(method: string | undefined): Refusal | undefined {
  return method === "GET" || method === "HEAD" ? undefined : REFUSALS.notRead;
}

function checkHeaders({ httpVersion, rawHeaders }: RequestHead): Refusal | undefined {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return REFUSALS.version;
  let host: string | undefined;
  let transferEncoding = false;
  let contentLength = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    // By length first: nearly all names are none of the three, and nothing needs to be lower-cased to see that.
    if (name.length === 4 && name.toLowerCase() === "host") {
      if (host !== undefined) return REFUSALS.hosts;
      host = rawHeaders[i + 1]!;
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      transferEncoding = true;
    } else if (name.length === 14 && name.toLowerCase() === "content-length") {
      contentLength = true;
    }
  }
  // RFC 9112 §6.1: such a message is faulty, and a favourite of request smuggling.
  if (transferEncoding && (contentLength || httpVersion === "1.0")) return REFUSALS.framing;
  // RFC 9112 §3.2. HTTP/1.0 had no Host.
  if (host === undefined) return httpVersion === "1.0" ? undefined : REFUSALS.noHost;
  return isValidHost(host) ? undefined : REFUSALS.host;
}

const HOST = /^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{0,5}))?$/;

function isValidHost(host: string): boolean {
  const match = HOST.exec(host);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}

function checkTarget(target: string): Refusal | undefined {
  if (target.length > SERVER_LIMITS.maxTargetBytes) return REFUSALS.long;
  if (/^\/(?!\/)[!"$-~]*$/.test(target)) return undefined;
  if (!target.startsWith("/") || target.startsWith("//")) return REFUSALS.form;
  return /[^!-~]/.test(target) ? REFUSALS.characters : REFUSALS.hash;
}

function refusal(code: ErrorCode, message: string, headers: Record<string, string> = {}): Refusal {
  return Object.freeze({ status: ERRORS[code].status, code, message, headers: Object.freeze(headers) });
}

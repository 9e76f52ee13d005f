import type { ServerResponse } from "node:http";
import { matchesEtag } from "../http/conditional.ts";
import { type Headers, htmlHeaders } from "../http/security-headers.ts";
import { CONTENT_SECURITY_POLICY } from "../pages/style.ts";

/** An answer, complete: what `delivery/` makes of a request. */
export interface Reply {
  readonly status: number;
  /** Name, value, name, value: the form that `writeHead` takes without another copy. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | string;
  /** For `revalidate`; it stands in the headers too. */
  readonly etag?: string | undefined;
}

export function send(response: ServerResponse, reply: Reply, isHead: boolean): void {
  response.writeHead(reply.status, reply.headers as string[]);
  if (isHead || reply.body.length === 0) response.end();
  else response.end(reply.body);
}

export function flatten(headers: Headers): string[] {
  return Object.entries(headers).flat();
}

export const PAGE_HEADERS: readonly string[] = [...flatten(htmlHeaders(CONTENT_SECURITY_POLICY)), "cache-control", "no-cache"];

/** The same, with more to say. */
export function addHeaders(reply: Reply, headers: readonly string[]): Reply {
  return { ...reply, headers: [...headers, ...reply.headers] };
}

export function createReply(status: number, headers: Headers, body: Uint8Array | string): Reply {
  const { etag } = headers;
  return { status, headers: [...flatten(headers), "content-length", String(Buffer.byteLength(body))], body, etag };
}

/** 304 for whoever holds this very answer already (RFC 9110 §15.4.5). */
export function revalidate(reply: Reply, ifNoneMatch: string | undefined): Reply {
  const { etag, headers } = reply;
  if (etag === undefined || !matchesEtag(ifNoneMatch, etag)) return reply;
  // The length, which stands last, is that of a body that is not sent.
  return { status: 304, headers: headers.slice(0, -2), body: "" };
}

/** To be shown, and kept by nobody: nor is there a tag to ask by whether it is still good, as nobody can tell. */
export function forbidKeeping(reply: Reply): Reply {
  const headers = ["cache-control", "no-store"];
  for (let at = 0; at < reply.headers.length; at += 2) {
    const name = reply.headers[at]!;
    if (name !== "cache-control" && name !== "etag") headers.push(name, reply.headers[at + 1]!);
  }
  return { status: reply.status, headers, body: reply.body };
}

/** A page that is not kept: 404, 410 and the like. */
export function createPageReply(status: number, html: string, headers: Headers = {}): Reply {
  return createReply(status, { ...htmlHeaders(CONTENT_SECURITY_POLICY), "cache-control": "no-cache", ...headers }, html);
}

/**
 * RFC 9110 §15.4. 302 for what an author can change (`no-cache`: ask again), 308 for another spelling of the same path.
 * The location is relative to the root, so it holds on every host that reaches this server.
 */
export function createRedirect(status: 302 | 308, location: string, cacheControl: "no-cache" | "no-store" | "max-age=3600"): Reply {
  return { status, headers: ["location", location, "cache-control", cacheControl, "content-length", "0"], body: "" };
}

/**
 * The least that node:http can do for the same answers: the product's own checks of the request, one look-up in a Map of
 * ready answers, one write. No judgement whether a page is still current, no second encoding to wait for.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { checkRequest } from "../../packages/server/src/http/request-checks.ts";
import { SERVER_LIMITS } from "../../packages/server/src/http/server-limits.ts";
import type { Question } from "./server-process.ts";

/** What the product answered, to be answered again; bodies in base64. */
export interface BareAnswer {
  readonly path: string;
  readonly encoding: "br" | "identity";
  readonly etag: string;
  /** Flat, as `writeHead` takes them. */
  readonly headers: readonly string[];
  readonly body: string;
}

interface Ready {
  readonly etag: string;
  readonly headers: string[];
  readonly notModified: string[];
  readonly body: Buffer;
}

const answers = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as readonly BareAnswer[];
const tables: Record<BareAnswer["encoding"], Map<string, Ready>> = { br: new Map(), identity: new Map() };
for (const { path, encoding, etag, headers, body } of answers) {
  const notModified = headers.filter((_, index) => !/^content-(?:length|encoding)$/i.test(headers[index - (index % 2)]!));
  tables[encoding].set(path, { etag, headers: [...headers], notModified, body: Buffer.from(body, "base64") });
}

const server = createServer(
  {
    headersTimeout: SERVER_LIMITS.headersTimeoutMs,
    requestTimeout: SERVER_LIMITS.requestTimeoutMs,
    connectionsCheckingInterval: SERVER_LIMITS.connectionsCheckingIntervalMs,
    keepAliveTimeout: SERVER_LIMITS.keepAliveTimeoutMs,
    maxHeaderSize: SERVER_LIMITS.maxHeaderBytes,
    requireHostHeader: false,
  },
  (request, response) => {
    const { headers } = request;
    const table = headers["accept-encoding"]?.includes("br") ? tables.br : tables.identity;
    const ready = checkRequest(request) === undefined ? table.get(request.url!) : undefined;
    if (ready === undefined) response.writeHead(404).end();
    else if (headers["if-none-match"] === ready.etag) response.writeHead(304, ready.notModified).end();
    else response.writeHead(200, ready.headers).end(ready.body);
  },
);
server.listen({ port: 0, host: "127.0.0.1" });
await once(server, "listening");

process.on("message", ({ ask }: Question) => {
  if (ask !== "cpu") return;
  const { user, system } = process.cpuUsage();
  process.send!(user + system);
});
process.on("disconnect", () => process.exit());
process.send!({ port: (server.address() as AddressInfo).port });

import { once } from "node:events";
import { type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";
import { type App, buildApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config.ts";
import { createServices, type Services, type ServicesOptions } from "../../src/services.ts";
import type { MakeDatabase } from "../support/databases.ts";

export const PUBLIC_URL = "https://cards.example.org";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** The whole server on a port of its own, and what was asked of its database. */
export interface TestSite {
  readonly port: number;
  readonly server: Server;
  readonly app: App;
  readonly services: Services;
  readonly databaseUrl: string;
  /** SQL of every statement since the start; polls have a connection of their own. */
  readonly statements: string[];
  /** Sends the target exactly as it is. Redirects are answers. */
  get(target: string, headers?: Record<string, string>): Promise<Answer>;
  ask(method: string, target: string, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface TestSiteOptions {
  readonly databaseUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly polls?: NonNullable<ServicesOptions["polls"]>;
}

export async function startSite({ databaseUrl, env = {}, polls = {} }: TestSiteOptions): Promise<TestSite> {
  const statements: string[] = [];
  const config = parseConfig({ DATABASE_URL: databaseUrl, PUBLIC_URL, RENDER_THREADS: "1", LOG_LEVEL: "silent", ...env });
  const services = await createServices(config, { onStatement: (sql) => statements.push(sql), polls });
  const app = await buildApp(services);
  app.server.listen(0, "127.0.0.1");
  await once(app.server, "listening");
  const { port } = app.server.address() as AddressInfo;
  const ask: TestSite["ask"] = (method, target, headers) => send(port, method, target, headers);
  return {
    port,
    server: app.server,
    app,
    services,
    databaseUrl,
    statements,
    ask,
    get: (target, headers) => ask("GET", target, headers),
    async close() {
      await app.close();
      await services.close();
    },
  };
}

/** A site for the tests around it, with an empty database. */
export function useSite(makeDatabase: MakeDatabase, env?: Readonly<Record<string, string>>): TestSite {
  let started: TestSite | undefined;
  beforeAll(async () => {
    const { url } = await makeDatabase({ migrated: false });
    started = await startSite({ databaseUrl: url, ...(env && { env }) });
  });
  afterAll(async () => started?.close());
  // Read when a test runs, after it has started.
  return new Proxy({} as TestSite, { get: (_, name) => Reflect.get(started!, name) });
}

/** One request on a connection of its own: `fetch` would tidy the target up and hide half of the headers. */
function send(port: number, method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(parts);
        resolve({ status: response.statusCode!, headers: response.headers, body, text: body.toString() });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

const PAUSE_MS = 20;

/** Asks again and again until it is so. Says what came last when it is not in time. */
export async function eventually<T>(withinMs: number, look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`Not so within ${withinMs} ms. Seen last: ${describe(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function describe(seen: unknown): string {
  const { status, text } = seen as Partial<Answer>;
  return status === undefined ? JSON.stringify(seen) : `${status} ${text?.slice(0, 200)}`;
}

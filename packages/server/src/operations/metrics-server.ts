import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CONTENT_TYPE } from "@qrcards/cache/prometheus";
import type { Config } from "../config.ts";
import { QRCardsError } from "../errors.ts";

export interface MetricsServer {
  /** Where Prometheus finds it. */
  readonly url: string;
  /** At once: an answer under way is cut off. */
  close(): Promise<void>;
}

/** A scrape takes two connections at most; this is for a few scrapers. */
const MOST_CONNECTIONS = 32;
const REQUEST_LIMIT_MS = 5_000;

/**
 * Serves `GET /metrics` on a port of its own, so that it is nobody's who only reaches the public one.
 *
 * @param collect tells of those who could be asked; a scrape for which it rejects gets no answer
 * @returns undefined when metrics are off, or when the port that they have by default is taken, perhaps by another QRCards: that is
 *   told to `note`, and no reason not to start
 * @throws QRCardsError `config-invalid` when METRICS_PORT or METRICS_HOST name what cannot be listened to
 */
export async function startMetricsServer(
  { metrics }: Pick<Config, "metrics">,
  collect: () => Promise<string>,
  note: (text: string) => void,
): Promise<MetricsServer | undefined> {
  const { port, host, portIsSet } = metrics;
  if (port === undefined) return undefined;
  const server = createServer({ headersTimeout: REQUEST_LIMIT_MS, requestTimeout: REQUEST_LIMIT_MS }, (request, response) => {
    answer(request, response, collect).catch(() => response.destroy());
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" && !portIsSet) {
      note(
        `Metrics are off: port ${port}, where they are by default, is in use already. METRICS_PORT=off, or another port, says what you want.`,
      );
      return undefined;
    }
    throw describe(error, port, host);
  }
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/metrics`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer({ url, method }: IncomingMessage, response: ServerResponse, collect: () => Promise<string>): Promise<void> {
  if (url?.split("?", 1)[0] !== "/metrics") {
    response.writeHead(404).end();
  } else if (method !== "GET" && method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
  } else {
    const text = await collect();
    response.writeHead(200, { "content-type": CONTENT_TYPE, "content-length": Buffer.byteLength(text) }).end(text);
  }
}

function describe(error: unknown, port: number, host: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const why = {
    EADDRINUSE: `METRICS_PORT is ${port}, where another program listens already.`,
    EACCES: `METRICS_PORT is ${port}, where this user may not listen; ports from 1024 on are everybody's.`,
    EADDRNOTAVAIL: `METRICS_HOST is "${host}", which is no address of this machine.`,
    ENOTFOUND: `METRICS_HOST is "${host}", which is no address of this machine.`,
  }[code ?? ""];
  return why === undefined ? error : new QRCardsError("config-invalid", why, { cause: error });
}

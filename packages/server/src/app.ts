import { createServer, type Server } from "node:http";
import fastify, { LogController } from "fastify";
import { type Logger, pino } from "pino";
import { createFront } from "./delivery/front.ts";
import { SERVER_LIMITS } from "./http/server-limits.ts";
import type { Services } from "./services.ts";

export interface App {
  /** Not listening yet. */
  readonly server: Server;
  /** Answers what is under way, then closes every connection. The services stay open. */
  close(): Promise<void>;
}

/** The server as it stands before it listens: public addresses are answered by `delivery/`, all else by Fastify. */
export async function buildApp(services: Services): Promise<App> {
  const log: Logger = pino({ level: services.config.logLevel });
  const front = createFront(services, log);
  const api = fastify({
    loggerInstance: log.child({ room: "api" }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: SERVER_LIMITS.maxJsonBytes,
    routerOptions: { ignoreTrailingSlash: false },
    serverFactory: (handler) => {
      const server = createServer(
        {
          headersTimeout: SERVER_LIMITS.headersTimeoutMs,
          requestTimeout: SERVER_LIMITS.requestTimeoutMs,
          connectionsCheckingInterval: SERVER_LIMITS.connectionsCheckingIntervalMs,
          keepAliveTimeout: SERVER_LIMITS.keepAliveTimeoutMs,
          maxHeaderSize: SERVER_LIMITS.maxHeaderBytes,
          // `checkRequest` refuses more, and with a page that says why.
          requireHostHeader: false,
        },
        (request, response) => {
          if (!front.handle(request, response)) handler(request, response);
        },
      );
      server.maxConnections = SERVER_LIMITS.maxConnections;
      return server;
    },
  });
  await api.ready();
  return { server: api.server, close: () => api.close() };
}

import { randomUUID } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import fastify, { type FastifyBaseLogger, LogController } from "fastify";
import { type Logger, pino } from "pino";
import { API_OPTIONS, registerApi } from "./admin/api.ts";
import { startJanitor } from "./db/janitor.ts";
import { endBrokenConnection } from "./delivery/broken-request.ts";
import { createFront } from "./delivery/front.ts";
import { SERVER_LIMITS } from "./http/server-limits.ts";
import { createHealth } from "./operations/health.ts";
import type { Services } from "./services.ts";

export interface App {
  /** Not listening yet. */
  readonly server: Server;
  /** Set when the process is going to end: `/readyz` then says that it wants no new requests. `close` sets it too. */
  draining: boolean;
  /** Answers what is under way, then closes every connection. The services stay open. */
  close(): Promise<void>;
}

/** While the server closes: how often it looks whose answer is out by now. */
const CLOSING_SWEEP_MS = 20;

/** The server as it stands before it listens: public addresses are answered by `delivery/`, all else by Fastify. */
export async function buildApp(services: Services): Promise<App> {
  const log: Logger = pino({ level: services.config.logLevel });
  services.secondTier?.watch((trouble) => {
    const redis = services.secondTier?.label;
    if (trouble === undefined) log.warn({ redis }, "Redis answers: it is used from now on");
    else
      log.warn(
        { redis, reason: reasonOf(trouble) },
        "Redis does not answer: pages are served without it, and it is used as soon as it does",
      );
  });
  const front = createFront(services, log);
  const health = createHealth(services, () => app.draining);
  /** What each connection was asked last. */
  const connections = new Map<Socket, ServerResponse | undefined>();
  const apiLog: FastifyBaseLogger = log.child({ room: "api" });
  const api = fastify({
    ...API_OPTIONS,
    // An id that finds one line in the logs of months, not the first request since the last start.
    genReqId: () => randomUUID(),
    loggerInstance: apiLog,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: ({ code }, socket) => {
      log.info({ code }, "what came is no request");
      endBrokenConnection(code, socket, connections.get(socket));
    },
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
          connections.set(request.socket, response);
          if (front.handle(request, response) || health.handle(request, response)) return;
          handler(request, response);
        },
      );
      server.maxConnections = SERVER_LIMITS.maxConnections;
      server.on("connection", (socket) => {
        connections.set(socket, undefined);
        socket.once("close", () => connections.delete(socket));
      });
      return server;
    },
  });
  await registerApi(api, { ...services, publicUrl: services.config.publicUrl });
  await api.ready();
  const janitor = startJanitor(services.database, (error) => log.warn({ err: error }, "old changes could not be deleted"));

  /** Also those that Node takes for busy: opened by a browser in advance, or in the middle of a request's head. */
  function endIdleConnections(): void {
    for (const [socket, response] of connections) if (response === undefined || response.writableFinished) socket.destroy();
  }

  const app: App = {
    server: api.server,
    draining: false,
    async close() {
      app.draining = true;
      const sweep = setInterval(endIdleConnections, CLOSING_SWEEP_MS);
      // Fastify closes only a server that it made listen itself.
      await new Promise((resolve) => api.server.close(resolve));
      clearInterval(sweep);
      await api.close();
      await janitor.close();
    },
  };
  return app;
}

/** What was the matter, without a stack: nothing of ours is at fault. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

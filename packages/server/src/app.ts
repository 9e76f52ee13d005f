import { randomUUID } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import { Server as Listener, type Socket } from "node:net";
import fastify, { type FastifyBaseLogger, LogController } from "fastify";
import { type Logger, pino } from "pino";
import { API_OPTIONS, registerApi } from "./admin/api.ts";
import { startJanitor } from "./db/janitor.ts";
import { endBrokenConnection } from "./delivery/broken-request.ts";
import { createFront } from "./delivery/front.ts";
import { SERVER_LIMITS } from "./http/server-limits.ts";
import { createHealth } from "./operations/health.ts";
import { logOutages } from "./operations/outage-log.ts";
import { RequestLog } from "./operations/request-log.ts";
import { serializeError } from "./operations/serialize-error.ts";
import { createServerMetrics } from "./operations/server-metrics.ts";
import { Traffic } from "./operations/traffic.ts";
import type { Services } from "./services.ts";

export interface App {
  /** Not listening yet. */
  readonly server: Server;
  /** From the call of `drain` or `close` on: `/readyz` then says that the process wants no new requests. */
  readonly draining: boolean;
  /**
   * Takes no new connections and ends each with its next answer, so that no request fails that has begun, nor one that comes
   * on a connection that is open. Resolves when all have ended: those without a request after the keep-alive limit, the last
   * ones after 8 s. The services stay open. `close` must follow, and may come earlier, to have it over at once.
   */
  drain(): Promise<void>;
  /** What is counted, as text for Prometheus. */
  metrics(): string;
  /** Answers what is under way, and ends connections that are idle at once. The services stay open. */
  close(): Promise<void>;
}

/** With what follows it, draining fits into the 10 s that Docker, for one, grants a process that is to stop. */
const DRAIN_LIMIT_MS = 8_000;

/** While the server closes: how often it looks whose answer is out by now. */
const CLOSING_SWEEP_MS = 20;

/** The server as it stands before it listens: public addresses are answered by `delivery/`, all else by Fastify. */
export async function buildApp(services: Services): Promise<App> {
  const { logLevel, logSample } = services.config;
  const log: Logger = pino({ level: logLevel, serializers: { err: (error: unknown) => serializeError(error) } });
  services.secondTier?.watch((trouble) => {
    const redis = services.secondTier?.label;
    if (trouble === undefined) log.warn({ redis }, "Redis answers: it is used from now on");
    else
      log.warn(
        { redis, reason: reasonOf(trouble) },
        "Redis does not answer: pages are served without it, and it is used as soon as it does",
      );
  });
  logOutages(services, log);
  const requestLog = new RequestLog({ log, sample: logSample });
  const traffic = new Traffic({ onAnswered: (answered) => requestLog.answered(answered), timesAll: requestLog.wantsHits });
  const front = createFront(services, traffic);
  let draining = false;
  const health = createHealth(services, () => draining);
  /** What each connection was asked last. */
  const connections = new Map<Socket, ServerResponse | undefined>();
  const metrics = createServerMetrics({ services, traffic, health, pages: front.pages, openConnections: () => connections.size });
  const apiLog: FastifyBaseLogger = log.child({ room: "api" });
  const api = fastify({
    ...API_OPTIONS,
    // An id that finds one line in the logs of months, not the first request since the last start.
    genReqId: () => randomUUID(),
    loggerInstance: apiLog,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: ({ code }, socket) => {
      requestLog.broken(code);
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
          if (draining) response.shouldKeepAlive = false;
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
  await registerApi(api, { ...services, pages: front.pages, publicUrl: services.config.publicUrl });
  await api.ready();
  const janitor = startJanitor(services.database, (error) => log.warn({ err: error }, "old changes could not be deleted"));

  /** Resolves when the last connection has ended. */
  function stopListening(): Promise<void> {
    draining = true;
    for (const response of connections.values()) if (response?.headersSent === false) response.shouldKeepAlive = false;
    // Not the HTTP server's own `close`: that ends idle connections at once, on which a request may be on its way.
    return new Promise((resolve) => Listener.prototype.close.call(api.server, () => resolve()));
  }

  /** Also those that Node takes for busy: opened by a browser in advance, or in the middle of a request's head. */
  function endIdleConnections(): void {
    for (const [socket, response] of connections) if (response === undefined || response.writableFinished) socket.destroy();
  }

  /** Opened by a browser in advance: Node's own limit counts from the first answer. */
  function endUnusedConnections(): void {
    for (const [socket, response] of connections) if (response === undefined && socket.bytesRead === 0) socket.destroy();
  }

  return {
    server: api.server,
    get draining() {
      return draining;
    },
    metrics: () => metrics.text(),
    async drain() {
      const ended = stopListening();
      const unused = setTimeout(endUnusedConnections, SERVER_LIMITS.keepAliveTimeoutMs);
      const limit = setTimeout(() => {
        for (const socket of connections.keys()) socket.destroy();
      }, DRAIN_LIMIT_MS);
      await ended;
      clearTimeout(unused);
      clearTimeout(limit);
    },
    async close() {
      const ended = stopListening();
      const sweep = setInterval(endIdleConnections, CLOSING_SWEEP_MS);
      await ended;
      clearInterval(sweep);
      // The rest of the HTTP server, which Fastify closes only if it made it listen itself.
      api.server.close();
      await api.close();
      await janitor.close();
      metrics.close();
      requestLog.close();
    },
  };
}

/** What was the matter, without a stack: nothing of ours is at fault. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

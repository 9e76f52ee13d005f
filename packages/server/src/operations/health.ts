import type { IncomingMessage, ServerResponse } from "node:http";
import type { Services } from "../services.ts";

/** What of the installation is away, while pages are served all the same. */
export type Lack = "database" | "redis";

export interface Readiness {
  /** `starting`: nothing was read of the database yet. `draining`: the process ends when it has answered what is under way. */
  readonly status: "ok" | "degraded" | "starting" | "draining";
  /** Of `degraded`. */
  readonly reasons?: readonly Lack[];
}

export interface Health {
  /** Answers `/healthz` and `/readyz`, or returns false. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  readiness(): Readiness;
  /** What is away now. */
  lacks(): readonly Lack[];
}

/**
 * For whoever watches the process: does it live, and should it get requests? A database or Redis that is lost later takes nobody
 * out of service: all processes would go at once, and with them what their memory can still answer.
 */
export function createHealth({ freshness, secondTier }: Pick<Services, "freshness" | "secondTier">, isDraining: () => boolean): Health {
  let redisIsLost = false;
  secondTier?.watch((trouble) => {
    redisIsLost = trouble !== undefined;
  });
  /** The lease when a poll failed last: a longer one is of a poll that succeeded since. */
  let leaseAtFailure: number | undefined;
  freshness.on("pollFailed", () => {
    leaseAtFailure = freshness.leaseUntil;
  });

  function databaseIsLost(): boolean {
    const { clock, leaseUntil } = freshness;
    return leaseUntil === leaseAtFailure || clock.now() >= leaseUntil;
  }

  function lacks(): readonly Lack[] {
    const lacking: Lack[] = [];
    if (databaseIsLost()) lacking.push("database");
    if (redisIsLost) lacking.push("redis");
    return lacking;
  }

  function readiness(): Readiness {
    if (isDraining()) return { status: "draining" };
    if (freshness.position === undefined) return { status: "starting" };
    const reasons = lacks();
    return reasons.length === 0 ? { status: "ok" } : { status: "degraded", reasons };
  }

  function handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url!.split("?", 1)[0];
    if (path !== "/healthz" && path !== "/readyz") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD", "content-length": 0 }).end();
      return true;
    }
    const answer = path === "/healthz" ? { status: "ok" } : readiness();
    const isReady = answer.status === "ok" || answer.status === "degraded";
    const body = `${JSON.stringify(answer)}\n`;
    response.writeHead(isReady ? 200 : 503, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  }

  return { handle, readiness, lacks };
}

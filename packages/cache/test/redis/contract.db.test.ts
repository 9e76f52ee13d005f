import { afterAll, describe, test } from "vitest";
import { redis } from "../../src/redis.ts";
import { authorityContract, busContract, runCases, sharedTierContract, startFaultProxy } from "../../src/testing/index.ts";
import { redisProgram, startRedisServer } from "../support/redis-server.ts";

const server = redisProgram === undefined ? undefined : await startRedisServer();
const proxy = server && (await startFaultProxy({ target: server.url }));
proxy?.delay(1, { jitterMs: 3 });
proxy?.slice(4_000);

afterAll(async () => {
  await proxy?.close();
  await server?.stop();
});

/** How many tags the log remembers here: as many as a cache ever tells at once. */
const LOG_ENTRIES = 10_000;

function keepsEveryPromise(url: string): void {
  // As another process would: each connection with a backend of its own.
  const connect = (namespace: string) => redis({ url, logEntries: LOG_ENTRIES }).connect(namespace);
  const command = async (...args: string[]) => {
    await server!.command(args);
  };
  const cutSubscriptions = () => command("CLIENT", "KILL", "TYPE", "pubsub");
  const loseEverything = () => command("FLUSHALL");
  describe("of a shared tier", () => runCases(sharedTierContract({ connect }), test));
  describe("of a bus", () => runCases(busContract({ connect, cutSubscriptions }), test));
  describe("of an authority", () => runCases(authorityContract({ connect, loseEverything, maxChanges: LOG_ENTRIES }), test));
}

describe.skipIf(server === undefined)("Redis keeps every promise", () => keepsEveryPromise(server?.url ?? ""));

describe.skipIf(server === undefined)("Redis behind a slow network that tears everything into pieces keeps every promise", () =>
  keepsEveryPromise(proxy?.url ?? ""),
);

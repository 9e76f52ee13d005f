import { vi } from "vitest";
import type { RedisOptions } from "../../src/redis.ts";
import { type RedisServer, startRedisServer } from "./redis-server.ts";

export interface SentinelGroup {
  readonly servers: readonly [RedisServer, RedisServer];
  readonly sentinels: readonly RedisServer[];
  /** For `redis`. */
  readonly options: Extract<RedisOptions, { sentinel: object }>;
  stop(): Promise<void>;
}

/** A master, a replica, and three Sentinels that agree within a second or two that the other one must be the master. */
export async function startSentinelGroup(): Promise<SentinelGroup> {
  const login = ["--requirepass", "of the servers", "--masterauth", "of the servers", "--repl-diskless-sync-delay", "0"];
  const watcher = ["--user", "watcher", "on", ">of-the-watcher", "+@all", "&*"];
  const start = async (...args: string[]) => startRedisServer({ args: [...login, ...watcher, ...args], password: "of the servers" });
  const master = await start();
  const replica = await start("--replicaof", "127.0.0.1", `${master.port}`);
  await vi.waitUntil(async () => `${await replica.command(["INFO", "replication"])}`.includes("master_link_status:up"), {
    timeout: 20_000,
  });
  const config = [
    `sentinel monitor group 127.0.0.1 ${master.port} 2`,
    "sentinel auth-user group watcher",
    "sentinel auth-pass group of-the-watcher",
    "sentinel down-after-milliseconds group 700",
    "sentinel failover-timeout group 4000",
  ].join("\n");
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => startRedisServer({ config, args: ["--sentinel"], password: "of the sentinels", ready: /\+monitor/ })),
  );
  const seen = async (sentinel: RedisServer) => {
    const state = (await sentinel.command(["SENTINEL", "MASTER", "group"])) as Record<string, string>;
    return state["num-other-sentinels"] === "2" && state["num-slaves"] === "1";
  };
  await vi.waitUntil(async () => (await Promise.all(sentinels.map(seen))).every(Boolean), { timeout: 20_000, interval: 100 });
  const nodes = sentinels.map((sentinel) => `127.0.0.1:${sentinel.port}`);
  const options: SentinelGroup["options"] = {
    sentinel: { name: "group", nodes, password: "of the sentinels" },
    password: "of the servers",
  };
  const stop = async () => {
    await Promise.all([...sentinels, master, replica].map((server) => server.stop()));
  };
  return { servers: [master, replica], sentinels, options, stop };
}

/** Its role by its own word; `undefined` where it cannot be asked, also as a Sentinel cuts everybody off from whom it gives another role. */
export async function roleOf(server: RedisServer): Promise<string | undefined> {
  return server.command(["ROLE"]).then(
    (reply) => (reply as string[])[0],
    () => undefined,
  );
}

export async function findMaster({ servers }: SentinelGroup): Promise<RedisServer> {
  const roles = await Promise.all(servers.map(roleOf));
  return servers[roles.indexOf("master")]!;
}

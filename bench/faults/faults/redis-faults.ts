import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { RedisServer } from "../../../packages/cache/test/support/redis-server.ts";
import type { Site } from "../setups/site.ts";
import { type FaultKind, repeat } from "./fault-kind.ts";

const command = (site: Site, ...words: string[]) => site.redis!.command(words);
const onEveryLine = (site: Site, act: (line: Site["redisLines"][number]) => unknown) => Promise.all(site.redisLines.map(act));
const healed = (site: Site) => async () => {
  await onEveryLine(site, (line) => line.heal());
};

/** A dump of what Redis held when the run was young. */
const OLD_DUMP = "old.rdb";

async function bringBack(redis: RedisServer): Promise<void> {
  const old = join(redis.folder, OLD_DUMP);
  if (!existsSync(old)) {
    await redis.command(["SAVE"]);
    copyFileSync(join(redis.folder, "dump.rdb"), old);
  }
  await redis.kill();
  copyFileSync(old, join(redis.folder, "dump.rdb"));
  await redis.restart();
}

async function usedBytes(site: Site): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(String(await command(site, "INFO", "memory")))![1]);
}

const SHORT = [800, 2_500] as const;

/** What can befall Redis and the lines to it. */
export const REDIS_FAULTS: readonly FaultKind[] = [
  {
    kind: "redis killed",
    strikes: "redis",
    lastsMs: SHORT,
    async strike({ redis }) {
      await redis!.kill();
      return { end: () => redis!.restart() };
    },
  },
  {
    kind: "redis stopped",
    strikes: "redis",
    lastsMs: SHORT,
    async strike({ redis }) {
      redis!.pause();
      return { end: async () => redis!.resume() };
    },
  },
  {
    kind: "redis slow",
    strikes: "redis",
    lastsMs: SHORT,
    async strike(site, random) {
      await onEveryLine(site, (line) => line.delay(10 + random.below(120), { jitterMs: 30 }));
      return { end: healed(site) };
    },
  },
  {
    kind: "redis connections reset",
    strikes: "redis",
    lastsMs: SHORT,
    strike: async (site) => repeat(150, () => onEveryLine(site, (line) => line.reset())),
  },
  {
    kind: "redis unreachable",
    strikes: "redis",
    lastsMs: SHORT,
    async strike(site) {
      await onEveryLine(site, (line) => line.cut());
      return { end: healed(site) };
    },
  },
  {
    kind: "redis swallows all",
    strikes: "redis",
    lastsMs: SHORT,
    async strike(site) {
      await onEveryLine(site, (line) => line.blackhole());
      return { end: healed(site) };
    },
  },
  {
    kind: "redis answers garbage",
    strikes: "redis",
    lastsMs: SHORT,
    strike: async (site) => repeat(200, () => onEveryLine(site, (line) => line.garble("$-5\r\n:what\r\n"))),
  },
  { kind: "redis flushed", strikes: "redis", lastsMs: SHORT, strike: async (site) => repeat(200, () => command(site, "FLUSHALL")) },
  {
    kind: "redis evicting",
    strikes: "redis",
    lastsMs: SHORT,
    async strike(site) {
      await command(site, "CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", String((await usedBytes(site)) + 10_000));
      return { end: async () => void (await command(site, "CONFIG", "SET", "maxmemory", "0")) };
    },
  },
  {
    kind: "redis out of memory",
    strikes: "redis",
    lastsMs: SHORT,
    async strike(site) {
      await command(site, "CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1");
      return { end: async () => void (await command(site, "CONFIG", "SET", "maxmemory", "0")) };
    },
  },
  {
    kind: "redis read-only",
    strikes: "redis",
    lastsMs: SHORT,
    async strike(site) {
      // A replica of nobody: what it holds stays readable.
      await command(site, "REPLICAOF", "127.0.0.1", "1");
      return { end: async () => void (await command(site, "REPLICAOF", "NO", "ONE")) };
    },
  },
  {
    kind: "redis from an old dump",
    strikes: "redis",
    lastsMs: SHORT,
    async strike({ redis }) {
      await bringBack(redis!);
      return { end: async () => {} };
    },
  },
];

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type FaultProxy, startFaultProxy } from "@qrcards/cache/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { eachDatabase, type MakeDatabase, useSqlite } from "../support/databases.ts";
import { DEADLINE_MS, expectSound, IN_USE_WITHIN_MS, l2Of, startAsking, startTraffic, untilInUse, WAITS } from "./asking-site.ts";
import { plantTrip } from "./plant-trip.ts";
import type { Span, SteadyTraffic, Subject } from "./steady-traffic.ts";
import { eventually, type TestSite } from "./test-site.ts";

/** After so many waits in vain in a row nobody waits any more. */
const FAILURES = 3;
/** Redis, and the line to it. */
interface Scene {
  readonly redis: RedisServer;
  readonly line: FaultProxy;
  readonly traffic: SteadyTraffic;
}

/** Brings the trouble about; resolves to how it ends. */
type Trouble = (scene: Scene) => Promise<() => unknown>;

const troubles = (table: Readonly<Record<string, Trouble>>) => Object.entries(table);

/** Nothing of use comes from Redis. */
const SILENT = {
  "is killed, and comes back empty": async ({ redis }) => {
    await redis.kill();
    return () => redis.restart();
  },
  hangs: async ({ redis }) => {
    redis.pause();
    return () => redis.resume();
  },
  "is slow": async ({ line }) => {
    line.delay(4 * DEADLINE_MS);
    return () => line.delay(0);
  },
  "is behind a line that holds everything back": async ({ line }) => {
    line.pause();
    return () => line.resume();
  },
  "is behind a line that swallows everything": async ({ line }) => {
    line.blackhole();
    return () => line.heal();
  },
  "is behind a line that is cut": async ({ line }) => {
    await line.cut();
    return () => line.heal();
  },
  "is behind a line that is reset all the time": async ({ line }) => again(async () => line.reset()),
  "answers what is no answer": async ({ line }) => again(async () => line.garble("-ERR no such thing\r\n:-1\r\n")),
} satisfies Readonly<Record<string, Trouble>>;

/** What is there can be read, as far as it is there. */
const FAILING = {
  "is full": async ({ redis }) => {
    await redis.command(["CONFIG", "SET", "maxmemory", "1"]);
    return () => redis.command(["CONFIG", "SET", "maxmemory", "0"]);
  },
  "has no room on its disk": async ({ redis }) => {
    // It refuses to write when it could not save: here a folder is in the way of its file.
    const dump = join(redis.folder, "dump.rdb");
    mkdirSync(join(dump, "in the way"), { recursive: true });
    await redis.command(["CONFIG", "SET", "save", "900 1"]);
    await redis.command(["BGSAVE"]);
    await eventually(
      5_000,
      () => infoOf(redis, "persistence"),
      (info) => info.includes("rdb_last_bgsave_status:err"),
    );
    return async () => {
      rmSync(dump, { recursive: true });
      await redis.command(["CONFIG", "SET", "save", ""]);
    };
  },
  "is read-only": async ({ redis }) => {
    await redis.command(["REPLICAOF", "127.0.0.1", "1"]);
    return () => redis.command(["REPLICAOF", "NO", "ONE"]);
  },
  "is flushed all the time": async ({ redis }) => again(() => redis.command(["FLUSHALL"])),
  "evicts all the time": async ({ redis }) => {
    const used = Number(/used_memory:(\d+)/.exec(await infoOf(redis, "memory"))?.[1]);
    await redis.command(["CONFIG", "SET", "maxmemory-policy", "allkeys-random"]);
    await redis.command(["CONFIG", "SET", "maxmemory", String(used + 500_000)]);
    let at = 0;
    const stop = again(() => redis.command(["SET", `other:${at++}`, "x".repeat(100_000)]));
    return async () => {
      await stop();
      expect(await infoOf(redis, "stats")).toMatch(/evicted_keys:[1-9]/);
      await redis.command(["CONFIG", "SET", "maxmemory", "0"]);
    };
  },
  "is restored from an old dump": async ({ redis, traffic }) => {
    await redis.command(["SAVE"]);
    await traffic.pass();
    await redis.restart();
    return () => rmSync(join(redis.folder, "dump.rdb"));
  },
  "loses its subscribers all the time": async ({ redis }) => again(() => redis.command(["CLIENT", "KILL", "TYPE", "pubsub"])),
} satisfies Readonly<Record<string, Trouble>>;

/** The same again and again, until it is told to stop. */
function again(act: () => Promise<unknown>): () => Promise<void> {
  let over = false;
  const running = (async () => {
    while (!over) {
      await act();
      await pause(20);
    }
  })();
  return async () => {
    over = true;
    await running;
  };
}

const infoOf = async (redis: RedisServer, section: string) => `${await redis.command(["INFO", section])}`;

describe.skipIf(redisProgram === undefined)("a server that is read and edited all the while", () => {
  /** One server for all that happens to its Redis, one thing after another. */
  function meets(makeDatabase: MakeDatabase, silent: [string, Trouble][], failing: [string, Trouble][]): void {
    let scene: Scene;
    let site: TestSite;
    let subjects: readonly Subject[];
    let probes = 0;

    beforeAll(async () => {
      const redis = await startRedisServer();
      const line = await startFaultProxy({ target: redis.url });
      site = await startAsking(line.url, (await makeDatabase({ migrated: false })).url);
      site.services.cache.on("breaker", ({ of, state }) => {
        if (of === "reads" && state === "half-open") probes++;
      });
      const { traffic, ...rest } = await startTraffic(site);
      subjects = rest.subjects;
      scene = { redis, line, traffic };
    });
    afterAll(async () => {
      await scene.traffic.close();
      await site.close();
      await scene.line.close();
      await scene.redis.stop();
    });

    const meet = async (bringAbout: Trouble, look: (begin: Span) => Promise<void>) => {
      const { traffic } = scene;
      await untilInUse(site);
      expectSound(await traffic.pass(), 0);
      const span = traffic.begin();
      const end = await bringAbout(scene);
      try {
        await look(span);
      } finally {
        traffic.begin();
        await end();
      }
      await untilInUse(site);
      expectSound(traffic.span, WAITS);
    };
    const read = () => l2Of(site).reads;

    test.each(silent)("Redis %s", (_what, bringAbout) =>
      meet(bringAbout, async (detection) => {
        const { late } = read();
        await eventually(
          IN_USE_WITHIN_MS,
          async () => l2Of(site).breaker,
          (state) => state !== "closed",
        );
        const lateByThen = read().late;
        expect(lateByThen - late).toBeLessThanOrEqual(FAILURES * subjects.length);
        expectSound(detection, WAITS);

        // From here on only who waited already does, and then probes: each for one thing, or for those that are in one command.
        probes = 0;
        expectSound(await scene.traffic.pass(), WAITS);
        expect(read().late - lateByThen).toBeLessThanOrEqual((1 + probes) * subjects.length);
      }),
    );

    test.each(failing)("Redis %s", (_what, bringAbout) =>
      meet(bringAbout, async (beginning) => {
        expectSound(beginning, WAITS);
        const { accepted, late } = read();
        expectSound(await scene.traffic.pass(), WAITS);
        // Not at once where it was started anew.
        await eventually(
          IN_USE_WITHIN_MS,
          async () => read().accepted,
          (now) => now > accepted,
        );
        expect(read().late - late).toBeLessThanOrEqual(FAILURES * subjects.length);
      }),
    );
  }

  eachDatabase((makeDatabase, kind) => {
    if (kind === "sqlite") return meets(makeDatabase, troubles(SILENT), troubles(FAILING));
    const { hangs } = SILENT;
    meets(makeDatabase, troubles({ hangs }), troubles({ "is full": FAILING["is full"] }));
  });

  describe("from its start, when Redis", () => {
    const makeDatabase = useSqlite();
    test.each(troubles({ "is not there": SILENT["is killed, and comes back empty"], hangs: SILENT.hangs }))(
      "%s",
      async (_what, bringAbout) => {
        const redis = await startRedisServer();
        onTestFinished(() => redis.stop());
        const end = await bringAbout({ redis } as Scene);
        const site = await startAsking(redis.url, (await makeDatabase({ migrated: false })).url);
        onTestFinished(() => site.close());
        const { traffic } = await startTraffic(site);
        onTestFinished(() => traffic.close());
        expectSound(await traffic.pass(), 0);
        expect(l2Of(site).reads).toMatchObject({ accepted: 0, late: 0 });
        await end();
        await untilInUse(site);
        expectSound(await traffic.pass(), 0);
      },
    );
  });

  describe("by many at once, when Redis hangs", () => {
    const makeDatabase = useSqlite();
    const TRIPS = 20;
    const READERS = 5;
    const MORE = 5;
    /** So many reads share a command. */
    const MOST_TOGETHER = 16;

    test("lets those wait who are there, a few times, and then nobody", async () => {
      const redis = await startRedisServer();
      onTestFinished(() => redis.stop());
      const site = await startAsking(redis.url, (await makeDatabase({ migrated: false })).url);
      onTestFinished(() => site.close());
      const targets = Array.from({ length: TRIPS }, (_, trip) => `/trip-${trip}.md`);
      for (let trip = 0; trip < TRIPS; trip++) await plantTrip(site.services, { title: `Trip ${trip}` });
      const readAll = () =>
        Promise.all(
          Array.from({ length: READERS }, () => targets).flatMap((all) =>
            all.map(async (target) => expect(await site.get(target)).toMatchObject({ status: 200 })),
          ),
        );
      await readAll();
      await eventually(
        IN_USE_WITHIN_MS,
        async () => l2Of(site),
        ({ writes, breaker }) => writes.kept > 0 && breaker === "closed",
      );
      const { late } = l2Of(site).reads;
      let probes = 0;
      site.services.cache.on("breaker", ({ state }) => {
        if (state === "half-open") probes++;
      });

      redis.pause();
      for (let times = 0; times < FAILURES; times++) await readAll();
      const { breaker, reads } = l2Of(site);
      expect(breaker).toBe("open");
      expect(reads.late).toBeGreaterThan(late);
      expect(reads.late - late).toBeLessThanOrEqual(FAILURES * TRIPS);
      for (let times = 0; times < MORE; times++) await readAll();
      expect(l2Of(site).reads.late - reads.late).toBeLessThanOrEqual(probes * MOST_TOGETHER);
      redis.resume();
    });
  });
});

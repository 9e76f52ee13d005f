import { afterAll, beforeAll, describe, onTestFinished, test, vi } from "vitest";
import { slotOf } from "../../../cache/src/redis/slot.ts";
import { findOwners, settled, startRedisCluster } from "../../../cache/test/support/redis-cluster.ts";
import { type RedisServer, redisProgram } from "../../../cache/test/support/redis-server.ts";
import { findMaster, roleOf, type SentinelGroup, startSentinelGroup } from "../../../cache/test/support/sentinel-group.ts";
import { structureKey } from "../../src/trips/keys.ts";
import { useSqlite } from "../support/databases.ts";
import { expectSound, IN_USE_WITHIN_MS, l2Of, startAsking, startTraffic, untilInUse, WAITS } from "./asking-site.ts";
import type { SteadyTraffic } from "./steady-traffic.ts";
import { eventually, type TestSite } from "./test-site.ts";

/** Both end: a failed server by its process, or by silence. */
const ENDS = ["killed", "stopped"] as const;

/** @returns how it comes back */
async function end(server: RedisServer, how: (typeof ENDS)[number]): Promise<() => Promise<void>> {
  if (how === "stopped") {
    server.pause();
    return async () => server.resume();
  }
  await server.kill();
  return () => server.restart();
}

describe.skipIf(redisProgram === undefined)("a server that is read and edited all the while", () => {
  const makeDatabase = useSqlite();
  let redisUrl: string;
  let databaseUrl: string;
  let site: TestSite;
  let traffic: SteadyTraffic;

  const start = async () => {
    databaseUrl = (await makeDatabase({ migrated: false })).url;
    site = await startAsking(redisUrl, databaseUrl);
    ({ traffic } = await startTraffic(site));
  };
  const stop = async () => {
    await traffic.close();
    await site.close();
  };
  /** What this process has put there, another one finds. */
  const expectFound = async () => {
    const fresh = await startAsking(redisUrl, databaseUrl);
    onTestFinished(() => fresh.close());
    await eventually(
      IN_USE_WITHIN_MS,
      async () => {
        await fresh.get("/three/page.md");
        return l2Of(fresh).reads.accepted;
      },
      (accepted) => accepted > 0,
    );
  };

  describe("with a master that Sentinels watch", () => {
    let group: SentinelGroup;
    const master = () => findMaster(group);
    const whole = async () => {
      for (const server of group.servers) {
        if (server === (await master())) continue;
        await vi.waitUntil(async () => `${await server.command(["INFO", "replication"])}`.includes("master_link_status:up"), {
          timeout: 60_000,
          interval: 100,
        });
      }
    };

    beforeAll(async () => {
      group = await startSentinelGroup();
      const { nodes } = group.options.sentinel;
      redisUrl = `redis+sentinel://:of%20the%20servers@${nodes.join(",")}/group?sentinel_password=of%20the%20sentinels`;
      await start();
    });
    afterAll(async () => {
      await stop();
      await group.stop();
    });

    test.each(ENDS)("goes on when that is %s, and uses the new one as soon as it is named", async (how) => {
      await untilInUse(site);
      const lost = await master();
      const other = group.servers.find((server) => server !== lost)!;
      const detection = traffic.begin();
      const back = await end(lost, how);
      try {
        await eventually(
          IN_USE_WITHIN_MS,
          async () => l2Of(site).breaker,
          (state) => state !== "closed",
        );
        expectSound(detection, WAITS);
        const election = traffic.begin();
        await vi.waitUntil(async () => (await roleOf(other)) === "master", { timeout: 60_000, interval: 200 });
        await untilInUse(site);
        expectSound(election, WAITS);
        expectSound(await traffic.pass(), 0);
        await expectFound();
      } finally {
        await back();
      }
      await vi.waitUntil(async () => (await roleOf(lost)) === "slave", { timeout: 60_000, interval: 100 });
      await whole();
    });

    test("goes on when another is named", async () => {
      await untilInUse(site);
      const before = await master();
      const span = traffic.begin();
      await vi.waitUntil(
        () =>
          group.sentinels[0]!.command(["SENTINEL", "FAILOVER", "group"]).then(
            () => true,
            () => false,
          ),
        { timeout: 60_000, interval: 200 },
      );
      await vi.waitUntil(async () => ![undefined, before].includes(await master()), { timeout: 60_000, interval: 200 });
      await untilInUse(site);
      expectSound(span, WAITS);
      await expectFound();
    });
  });

  describe("with a cluster", () => {
    let nodes: readonly RedisServer[];
    /** The server that has a subject's structure. */
    const ownerOf = async (tripId: number) => (await findOwners(nodes))(slotOf(`qrcards:${structureKey(tripId)}`));

    beforeAll(async () => {
      nodes = await startRedisCluster();
      redisUrl = `redis+cluster://${nodes.slice(0, 2).map(({ port }) => `127.0.0.1:${port}`)}`;
      await start();
    });
    afterAll(async () => {
      await stop();
      await Promise.all(nodes.map((node) => node.stop()));
    });

    test.each(ENDS)("goes on when a master is %s, and uses its replica as soon as that has its slots", async (how) => {
      await untilInUse(site);
      const tripId = 1;
      const lost = await ownerOf(tripId);
      const detection = traffic.begin();
      const back = await end(lost, how);
      try {
        const hasOwner = async () => (await ownerOf(tripId)) !== lost;
        await vi.waitUntil(hasOwner, { timeout: 60_000, interval: 200 });
        expectSound(detection, WAITS);
        const frame = async () => (await site.services.cache.explain(structureKey(tripId))).l2;
        await eventually(IN_USE_WITHIN_MS, frame, (held) => held !== undefined);
        await untilInUse(site);
        expectSound(await traffic.pass(), 0);
        await expectFound();
      } finally {
        await back();
        await settled(nodes);
      }
    });
  });
});

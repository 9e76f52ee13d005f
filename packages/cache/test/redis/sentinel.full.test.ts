import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { findFreePort } from "../../../../scripts/services/start-service.mjs";
import { type RedisOptions, redis } from "../../src/redis.ts";
import { authorityContract, busContract, runCases, sharedTierContract } from "../../src/testing/index.ts";
import { connect, openConnection } from "../support/redis-connection.ts";
import { redisProgram, startRedisServer } from "../support/redis-server.ts";
import { findMaster, roleOf, type SentinelGroup, startSentinelGroup } from "../support/sentinel-group.ts";

describe.skipIf(redisProgram === undefined)("Redis behind Sentinels", () => {
  let group: SentinelGroup;
  beforeAll(async () => {
    group = await startSentinelGroup();
  });
  afterAll(async () => {
    await group.stop();
  });

  const masterOf = () => findMaster(group);

  describe("keeps every promise", () => {
    const options = { connect: (namespace: string) => redis(group.options).connect(namespace) };
    describe("of a shared tier", () => runCases(sharedTierContract(options), test));
    describe("of a bus", () => runCases(busContract(options), test));
    describe("of an authority", () => runCases(authorityContract(options), test));
  });

  test("is not connected while no Sentinel says who the master is, and says what they said", async () => {
    const told: string[] = [];
    const onError = (error: Error) => told.push((error.cause as Error).message);
    const nodes = [`127.0.0.1:${await findFreePort()}`, ...group.sentinels.map((sentinel) => `127.0.0.1:${sentinel.port}`)];
    const { tier } = openConnection({ ...group.options, sentinel: { name: "other", nodes, password: "of the sentinels" }, onError });
    await vi.waitUntil(() => told.length > 0, { timeout: 5_000 });
    expect(told[0]).toContain('No Sentinel says who the master of "other" is.');
    expect(told[0]).toContain("ECONNREFUSED");
    expect(told[0]).toContain("No such master with that name");
    await expect(tier.get(["k"])).rejects.toMatchObject({ code: "not-connected", message: 'Redis "other" is not connected.' });
  });

  test("is found by the Sentinels that can be reached", async () => {
    const nodes = [`127.0.0.1:${await findFreePort()}`, `127.0.0.1:${group.sentinels[0]!.port}`, "sentinel.invalid"];
    await connect({ ...group.options, sentinel: { name: "group", nodes, password: "of the sentinels" } });
  });

  test("goes on with the new master when the Sentinels move it", async () => {
    const connection = await connect(group.options);
    const heard: string[] = [];
    connection.bus.subscribe((what) => heard.push(what));
    const since = await connection.authority.bump(["a"]);
    const before = await masterOf();
    // The replica may lag behind by this change; that must show.
    await vi.waitUntil(
      async () =>
        group.sentinels[0]!.command(["SENTINEL", "FAILOVER", "group"]).then(
          () => true,
          () => false,
        ),
      { timeout: 10_000, interval: 200 },
    );
    await vi.waitUntil(async () => (await masterOf()) !== before, { timeout: 20_000, interval: 50 });
    await vi.waitUntil(async () => connection.tier.set("k", Buffer.from("x"), 60_000).catch(() => false), {
      timeout: 20_000,
      interval: 50,
    });
    const answer = await connection.authority.poll(since);
    const joint = answer.changes.find((change) => change.seq === since.seq);
    expect(answer.epoch !== since.epoch || answer.seq < since.seq || joint?.stamp === since.stamp).toBe(true);
    heard.length = 0;
    await vi.waitUntil(
      () =>
        connection.bus.signal().then(
          () => heard.includes("signal"),
          () => false,
        ),
      { timeout: 10_000 },
    );
  });

  test("is not taken from a Sentinel that has missed the last failover, as long as more than half are there", async () => {
    const wrong = await startRedisServer();
    const config = `sentinel monitor group 127.0.0.1 ${wrong.port} 1`;
    const stale = await startRedisServer({ config, args: ["--sentinel"], password: "of the sentinels", ready: /\+monitor/ });
    onTestFinished(async () => {
      await Promise.all([stale.stop(), wrong.stop()]);
    });
    const nodes = [stale, ...group.sentinels].map((sentinel) => `127.0.0.1:${sentinel.port}`);
    for (let round = 0; round < 5; round++) {
      const options = {
        ...group.options,
        sentinel: { name: "group", nodes: nodes.slice(0, 3), password: "of the sentinels" },
      } as RedisOptions;
      const { tier } = await connect(options);
      expect(await tier.set("k", Buffer.from("x"), 60_000)).toBe(true);
    }
    expect(await wrong.command(["DBSIZE"])).toBe(0);
  });

  test("is left when the Sentinels have named another one and cannot tell it so", async () => {
    const connection = await connect(group.options, "left");
    const before = await masterOf();
    const other = group.servers.find((server) => server !== before)!;
    await before.command(["ACL", "SETUSER", "watcher", "-@all"]);
    onTestFinished(async () => {
      await before.command(["ACL", "SETUSER", "watcher", "+@all"]);
      await vi.waitUntil(async () => (await roleOf(before)) === "slave", { timeout: 30_000, interval: 100 });
    });
    await vi.waitUntil(async () => (await roleOf(other)) === "master", { timeout: 30_000, interval: 50 });
    expect(await roleOf(before)).toBe("master");
    await vi.waitUntil(
      async () => {
        await connection.tier.set("k", Buffer.from("x"), 60_000).catch(() => {});
        return (await other.command(["EXISTS", "left:k"])) === 1;
      },
      { timeout: 20_000, interval: 50 },
    );
  }, 120_000);

  test.each(["killed", "stopped"])(
    "goes on with the new master when the old one is %s",
    async (how) => {
      const connection = await connect(group.options);
      const before = await masterOf();
      if (how === "killed") await before.kill();
      else before.pause();
      onTestFinished(async () => {
        if (how === "killed") await before.restart();
        else before.resume();
        await vi.waitUntil(async () => (await roleOf(before)) === "slave", { timeout: 30_000, interval: 100 });
        await vi.waitUntil(async () => `${await before.command(["INFO", "replication"])}`.includes("master_link_status:up"), {
          timeout: 30_000,
        });
      });
      const other = group.servers.find((server) => server !== before)!;
      await vi.waitUntil(async () => (await roleOf(other)) === "master", { timeout: 30_000, interval: 50 });
      const promotedAt = performance.now();
      await vi.waitUntil(async () => connection.tier.set("k", Buffer.from("x"), 60_000).catch(() => false), {
        timeout: 20_000,
        interval: 50,
      });
      expect(performance.now() - promotedAt).toBeLessThan(10_000);
      await connection.authority.bump(["a"]);
    },
    120_000,
  );
});

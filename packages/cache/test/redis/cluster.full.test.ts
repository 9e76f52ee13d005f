import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { findFreePort } from "../../../../scripts/services/start-service.mjs";
import type { Connection } from "../../src/backend.ts";
import { SLOTS, slotOf } from "../../src/redis/slot.ts";
import { type RedisOptions, redis } from "../../src/redis.ts";
import { authorityContract, busContract, runCases, sharedTierContract } from "../../src/testing/index.ts";
import {
  busPortOf,
  findOwners,
  idOf,
  infoOf,
  isMaster,
  MASTERS,
  settled,
  startClusterNode,
  startRedisCluster,
} from "../support/redis-cluster.ts";
import { connect, openConnection } from "../support/redis-connection.ts";
import { type RedisServer, redisProgram } from "../support/redis-server.ts";

/** As CLIENT LIST names the connections of the caches. */
const CLIENT_NAME = "name=qrcards-cache";

/** Of the only other one that it knows. */
const idKnownBy = async (node: RedisServer) => {
  const lines = `${await node.command(["CLUSTER", "NODES"])}`.split("\n");
  return lines.find((line) => line !== "" && !line.includes("myself"))!.split(" ")[0]!;
};

describe.skipIf(redisProgram === undefined)("Redis Cluster", () => {
  let nodes: readonly RedisServer[] = [];
  let options: RedisOptions;
  beforeAll(async () => {
    nodes = await startRedisCluster();
    options = { cluster: { nodes: [`127.0.0.1:${nodes[0]!.port}`, `127.0.0.1:${nodes[1]!.port}`] } };
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const owners = () => findOwners(nodes);
  const keys = Array.from({ length: 300 }, (_, index) => `key ${index}`);
  const works = (work: () => Promise<unknown>) =>
    work().then(
      () => true,
      () => false,
    );
  /** Once there are connections to all that the keys are spread over. */
  const fill = ({ tier }: Connection) =>
    vi.waitUntil(() => works(() => Promise.all(keys.map((key) => tier.set(key, Buffer.from(key), 600_000)))), { timeout: 10_000 });

  describe("keeps every promise", () => {
    const contract = { connect: (namespace: string) => redis(options).connect(namespace) };
    describe("of a shared tier", () => runCases(sharedTierContract(contract), test));
    describe("of a bus", () => runCases(busContract(contract), test));
    describe("of an authority", () => runCases(authorityContract(contract), test));
  });

  test("agrees with the servers on the slot of every key", async () => {
    const strange = [
      "",
      "a",
      "{}",
      "{}a",
      "{a}",
      "x{a}y",
      "{a",
      "}a{b}",
      "{a}{b}",
      "{{a}}",
      "{é}x",
      "köy 🙂",
      "~{ns}:bus",
      "}{",
      "foo{}{bar}",
    ];
    for (const key of [...strange, ...keys])
      expect([key, slotOf(key)]).toEqual([key, await nodes[0]!.command(["CLUSTER", "KEYSLOT", key])]);
  });

  test("spreads entries over all masters, and clears them from all", async () => {
    const connection = await connect(options);
    await fill(connection);
    const sizes = await Promise.all(nodes.slice(0, MASTERS).map((node) => node.command(["DBSIZE"])));
    for (const size of sizes) expect(size).toBeGreaterThan(0);
    expect((await connection.tier.get(keys)).map(String)).toEqual(keys);
    expect(await connection.tier.clear()).toBe(keys.length);
    expect(new Set(await connection.tier.get(keys))).toEqual(new Set([undefined]));
  });

  test("is followed when a slot moves, also while it moves", async () => {
    const connection = await connect(options, "moving");
    await fill(connection);
    const slot = slotOf("moving:key 1");
    const source = (await owners())(slot);
    const masters = await Promise.all(nodes.map(async (node) => ((await isMaster(node)) ? node : undefined)));
    const target = masters.find((node) => node !== undefined && node !== source)!;
    const others = masters.filter((node) => node !== undefined && node !== source && node !== target);
    await target.command(["CLUSTER", "SETSLOT", `${slot}`, "IMPORTING", await idOf(source)]);
    await source.command(["CLUSTER", "SETSLOT", `${slot}`, "MIGRATING", await idOf(target)]);
    // The key is at the source still, then at the target already: there the source sends those who ask.
    expect(String((await connection.tier.get(["key 1"]))[0])).toBe("key 1");
    await source.command(["MIGRATE", "127.0.0.1", `${target.port}`, "moving:key 1", "0", "5000"]);
    expect(String((await connection.tier.get(["key 1"]))[0])).toBe("key 1");
    expect(await connection.tier.set("key 1", Buffer.from("while moving"), 600_000)).toBe(true);

    const rest = (await source.command(["CLUSTER", "GETKEYSINSLOT", `${slot}`, "1000"])) as string[];
    for (const key of rest) await source.command(["MIGRATE", "127.0.0.1", `${target.port}`, key, "0", "5000"]);
    for (const node of [target, source, ...others]) await node!.command(["CLUSTER", "SETSLOT", `${slot}`, "NODE", await idOf(target)]);
    expect(String((await connection.tier.get(["key 1"]))[0])).toBe("while moving");
    expect((await owners())(slot)).toBe(target);
    await connection.tier.clear();
  });

  test("is adopted within a second of its coming, though it was not there at the start", async () => {
    const port = await findFreePort();
    const told: string[] = [];
    const onError = (error: Error) => told.push(`${error.message} ${(error.cause as Error).message}`);
    const { tier, bus, authority } = openConnection({ cluster: { nodes: [`127.0.0.1:${port}`] }, onError });
    const heard: string[] = [];
    bus.subscribe((what) => heard.push(what));
    for (const attempt of await Promise.allSettled([tier.get(["a", "b"]), tier.clear(), bus.signal(), authority.poll(undefined)])) {
      expect(attempt).toMatchObject({ status: "rejected", reason: { code: "not-connected" } });
    }
    await vi.waitUntil(() => told.length > 0);
    const node = await startClusterNode(port);
    onTestFinished(() => node.stop());
    await node.command(["CLUSTER", "ADDSLOTSRANGE", "0", `${SLOTS - 1}`]);
    await vi.waitUntil(async () => (await infoOf(node)).includes("cluster_state:ok"), { timeout: 10_000, interval: 20 });
    const cameAt = performance.now();
    await vi.waitUntil(() => works(() => tier.set("k", Buffer.from("x"), 60_000)), { timeout: 5_000, interval: 10 });
    expect(performance.now() - cameAt).toBeLessThan(3_000);
    await vi.waitUntil(() => heard.includes("gap"), { timeout: 5_000 });
    expect(tier.now()).toBeGreaterThan(0);
    expect(told[0]).toBe(`The Redis cluster is not connected. 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  test.each(["killed", "stopped"])(
    "serves what the other masters have when one is %s, and goes on with its replica",
    async (how) => {
      const connection = await connect(options, `failover-${how}`);
      const heard: string[] = [];
      connection.bus.subscribe((what) => heard.push(what));
      await fill(connection);
      const since = await connection.authority.bump(["a"]);
      const ownerOf = await owners();
      const lost = ownerOf(slotOf(`~{failover-${how}}:bus`));
      const elsewhere = keys.filter((key) => ownerOf(slotOf(`failover-${how}:${key}`)) !== lost);
      expect(elsewhere.length).toBeGreaterThan(0);
      if (how === "killed") await lost.kill();
      else lost.pause();
      onTestFinished(async () => {
        if (how === "killed") await lost.restart();
        else lost.resume();
        await settled(nodes);
      });
      expect((await connection.tier.get(elsewhere.slice(0, 1))).map(String)).toEqual(elsewhere.slice(0, 1));
      await vi.waitUntil(
        async () => {
          const held = await Promise.race([connection.tier.get(keys), new Promise<[]>((resolve) => setTimeout(resolve, 200, []))]);
          return held.filter(Boolean).length === elsewhere.length;
        },
        { timeout: 10_000, interval: 20 },
      );

      await vi.waitUntil(() => works(() => connection.authority.bump(["b"])), { timeout: 30_000, interval: 50 });
      const answer = await connection.authority.poll(since);
      const joint = answer.changes.find((change) => change.seq === since.seq);
      expect(answer.epoch !== since.epoch || joint?.stamp !== since.stamp || answer.seq > since.seq).toBe(true);
      await vi.waitUntil(async () => (await connection.tier.get(keys)).filter(Boolean).length >= elsewhere.length, { timeout: 10_000 });
      heard.length = 0;
      await vi.waitUntil(() => works(() => connection.bus.signal().then(() => expect(heard).toContain("signal"))), { timeout: 10_000 });
      expect(await connection.tier.clear()).toBeGreaterThanOrEqual(elsewhere.length);
    },
    120_000,
  );

  test("goes on with those that have the slots when a node is taken out of the cluster, which says nothing of it", async () => {
    const [leaving, staying] = [await startClusterNode(), await startClusterNode()];
    onTestFinished(async () => {
      await Promise.all([leaving.stop(), staying.stop()]);
    });
    await leaving.command(["CLUSTER", "ADDSLOTSRANGE", "0", `${SLOTS - 1}`]);
    await leaving.command(["CLUSTER", "MEET", "127.0.0.1", `${staying.port}`, await busPortOf(staying)]);
    const has = (slots: number) => async () => (await infoOf(staying)).includes(`cluster_slots_ok:${slots}`);
    await vi.waitUntil(has(SLOTS), { timeout: 10_000, interval: 50 });
    const { tier, bus } = await connect({ cluster: { nodes: [leaving, staying].map((node) => `127.0.0.1:${node.port}`) } });
    const heard: string[] = [];
    bus.subscribe((what) => heard.push(what));
    await vi.waitUntil(() => heard.includes("gap"));

    await leaving.command(["CLUSTER", "RESET", "HARD"]);
    await staying.command(["CLUSTER", "FORGET", await idKnownBy(staying)]);
    await staying.command(["CLUSTER", "ADDSLOTSRANGE", "0", `${SLOTS - 1}`]);
    await vi.waitUntil(() => works(() => tier.set("k", Buffer.from("x"), 60_000)), { timeout: 10_000 });
    heard.length = 0;
    await vi.waitUntil(() => works(() => bus.signal().then(() => expect(heard).toContain("signal"))), { timeout: 10_000 });
    expect(`${await leaving.command(["CLIENT", "LIST", "TYPE", "pubsub"])}`).toBe("");
  });

  test("leaves nothing behind when it is closed, at whatever moment", async () => {
    const clients = async () => {
      const lists = await Promise.all(nodes.map((node) => node.command(["CLIENT", "LIST"])));
      return lists.join().split(CLIENT_NAME).length - 1;
    };
    const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Connect/.test(name)).length;
    const before = sockets();
    for (let round = 0; round < 60; round++) {
      const connection = redis(options).connect("closing");
      const off = connection.bus.subscribe(() => {});
      if (round % 4 === 1) await new Promise(setImmediate);
      if (round % 4 === 2) await vi.waitUntil(() => works(() => connection.tier.get(["k"])), { interval: 5 });
      if (round % 4 === 3) off();
      await connection.close();
    }
    await vi.waitUntil(() => sockets() <= before, { timeout: 5_000 });
    await vi.waitUntil(async () => (await clients()) === 0, { timeout: 5_000 });
    await connect(options);
    expect(await clients()).toBeGreaterThan(0);
  });
});

import { createHook } from "node:async_hooks";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { findFreePort } from "../../../../scripts/services/start-service.mjs";
import { NotConnectedError } from "../../src/errors.ts";
import { redis } from "../../src/redis.ts";
import { connect, connected, openConnection, ownNamespace } from "../support/redis-connection.ts";
import { type RedisServer, type RedisServerOptions, redisProgram, startRedisServer } from "../support/redis-server.ts";

async function start(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startRedisServer(options);
  onTestFinished(() => server.stop());
  return server;
}

/** Everything that was told, with the reason behind it. */
function reasons() {
  const told: string[] = [];
  const onError = (error: Error) => told.push((error.cause as Error).message);
  return { told, onError };
}

const clientsOf = async (server: RedisServer) => `${await server.command(["CLIENT", "LIST"])}`.split("name=qrcards-cache").length - 1;

/** The timers made by the code under test from now on, and those of them that are still there. */
function trackTimers() {
  const timers = { made: 0, left: new Set<number>() };
  const hook = createHook({
    init(id, type) {
      if (type !== "Timeout" || !new Error().stack?.includes("/src/redis/")) return;
      timers.made++;
      timers.left.add(id);
    },
    destroy: (id) => timers.left.delete(id),
  }).enable();
  onTestFinished(() => void hook.disable());
  return timers;
}

const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Connect|GetAddrInfo/.test(name)).length;

describe.skipIf(redisProgram === undefined)("a connection to Redis", () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  afterEach(() => expect(unhandled).not.toHaveBeenCalled());

  test("is made once a server comes that was not there at the start, and everything is rejected at once before", async () => {
    const port = await findFreePort();
    const { told, onError } = reasons();
    const { tier, bus, authority } = openConnection({ url: `redis://127.0.0.1:${port}`, onError });
    const gaps: string[] = [];
    bus.subscribe((what) => gaps.push(what));
    expect(tier.now()).toBeUndefined();
    const attempts = [tier.get(["k"]), tier.set("k", Buffer.from("x"), 1_000), tier.clear(), bus.signal(), authority.bump(["t"])];
    for (const attempt of await Promise.allSettled(attempts)) {
      expect(attempt).toMatchObject({ status: "rejected", reason: { code: "not-connected" } });
    }
    await vi.waitUntil(() => told.length > 0);

    const server = await start({ port });
    const cameAt = performance.now();
    await vi.waitUntil(() => tier.now() !== undefined, { timeout: 5_000, interval: 5 });
    expect(performance.now() - cameAt).toBeLessThan(2_000);
    expect(await tier.set("k", Buffer.from("x"), 60_000)).toBe(true);
    await vi.waitUntil(() => gaps.includes("gap"));
    // Once for each of the two connections.
    expect(told.length).toBeLessThanOrEqual(2);
    expect(new Set(told)).toEqual(new Set([`connect ECONNREFUSED 127.0.0.1:${port}`]));
    expect(await clientsOf(server)).toBe(2);
  });

  test("is tried again for ever where the name is not known", async () => {
    const { told, onError } = reasons();
    const { tier } = openConnection({ url: "redis://redis.invalid", onError });
    await vi.waitUntil(() => told.length > 0);
    expect(told[0]).toMatch(/ENOTFOUND|EAI_AGAIN/);
    await expect(tier.get(["k"])).rejects.toMatchObject({
      code: "not-connected",
      message: "Redis at redis.invalid:6379 is not connected.",
    });
  });

  test("is given up when the server falls silent, though commands are written to it, and made anew when it speaks again", async () => {
    const server = await start();
    const { told, onError } = reasons();
    const { tier, bus } = await connect({ url: server.url, onError });
    const heard: string[] = [];
    bus.subscribe((what) => heard.push(what));
    await vi.waitUntil(() => heard.length > 0);
    const silentFrom = performance.now();
    server.pause();
    onTestFinished(() => server.resume());
    // What was sent is rejected when the connection is given up; what is sent after that, at once.
    const outcomes = new Set<unknown>();
    await vi.waitUntil(
      async () => {
        void tier.get(["k"]).catch((error: unknown) => outcomes.add(error));
        return outcomes.size > 0;
      },
      { timeout: 5_000, interval: 20 },
    );
    // Three heartbeats of 500 ms, and a machine that is busy.
    expect(performance.now() - silentFrom).toBeLessThan(3_000);
    expect([...outcomes][0]).toBeInstanceOf(NotConnectedError);
    await vi.waitUntil(() => heard.length > 1);
    expect(told).toContain("It fell silent: 2 heartbeats were not answered.");

    server.resume();
    await vi.waitUntil(
      () =>
        tier.get(["k"]).then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    );
    heard.length = 0;
    await vi.waitUntil(() => bus.signal().then(() => heard.includes("signal")), { timeout: 5_000 });
  });

  test("is made anew after the server was killed and started again", async () => {
    const server = await start();
    const { tier } = await connect({ url: server.url });
    await tier.set("k", Buffer.from("x"), 60_000);
    await server.kill();
    await vi.waitUntil(() =>
      tier.get(["k"]).then(
        () => false,
        () => true,
      ),
    );
    await server.restart();
    await vi.waitUntil(
      () =>
        tier.get(["k"]).then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    );
    expect(await tier.get(["k"])).toEqual([undefined]);
    // The script is not known there any more.
    expect(await tier.set("k", Buffer.from("y"), 60_000)).toBe(true);
  });

  test("logs in, as the default user and as another one, to the database that is named", async () => {
    const server = await start({ password: "p@ss:wörd/" });
    const { port } = server;
    const rules = ["on", ">secret", "~db3:*", "~{db3}:*", "&*", "+@all"];
    await server.command(["ACL", "SETUSER", "the-cache", ...rules, "~~{db3}:*"]);
    const { tier } = await connect({ url: `${server.url}/3` }, "db3");
    await tier.set("k", Buffer.from("x"), 60_000);
    expect(await server.command(["GET", "db3:k"])).toBeNull();

    const again = [
      { url: `redis://the-cache:secret@127.0.0.1:${port}/3` },
      { url: `redis://127.0.0.1:${port}/3`, username: "the-cache", password: "secret" },
      { url: `redis://127.0.0.1:${port}/3`, password: "p@ss:wörd/" },
    ];
    for (const options of again) {
      const other = openConnection(options, "db3");
      await vi.waitUntil(() => other.tier.now() !== undefined);
      expect(await other.tier.get(["k"])).toEqual([Buffer.from("x")]);
      await other.authority.bump(["t"]);
    }
  });

  test("that may not log in says so once, and is made when the password is right", async () => {
    const server = await start({ password: "right" });
    const { told, onError } = reasons();
    const { tier } = openConnection({ url: `redis://127.0.0.1:${server.port}`, password: "wrong", onError });
    await vi.waitUntil(() => told.length > 0);
    const rejected = await tier.get(["k"]).catch((error: Error) => error);
    expect(rejected).toMatchObject({ code: "not-connected", cause: { message: expect.stringContaining("WRONGPASS") } });
    await server.command(["CONFIG", "SET", "requirepass", "wrong"]);
    await connected({ tier } as Parameters<typeof connected>[0]);
    expect(told).toEqual([expect.stringContaining("WRONGPASS")]);
  });

  test("to what is no Redis is no connection", async () => {
    const server = await start();
    const { told, onError } = reasons();
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void http.close());
    const { port } = http.address() as AddressInfo;
    const { tier } = openConnection({ url: `redis://127.0.0.1:${port}`, onError });
    await vi.waitUntil(() => told.length > 0);
    await expect(tier.get(["k"])).rejects.toBeInstanceOf(NotConnectedError);
    expect(await clientsOf(server)).toBe(0);
  });

  test("to a server that was made a replica is made anew, as another one may have its name by then", async () => {
    const other = await start();
    const server = await start();
    const { told, onError } = reasons();
    const { tier, authority } = await connect({ url: server.url, onError });
    const idOfClient = async () => /id=(\d+) .* cmd=(?!client)/.exec(`${await server.command(["CLIENT", "LIST", "TYPE", "normal"])}`)?.[1];
    const before = await idOfClient();
    await server.command(["REPLICAOF", "127.0.0.1", `${other.port}`]);
    await expect(authority.bump(["t"])).rejects.toThrow("READONLY");
    await vi.waitUntil(
      () =>
        tier.get(["k"]).then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    );
    expect(await idOfClient()).not.toBe(before);
    expect(told).toEqual([expect.stringContaining("READONLY")]);
  });

  test("stands when the server is out of memory, whose own error is handed on", async () => {
    const server = await start({ args: ["--maxmemory-policy", "noeviction"] });
    const { tier } = await connect({ url: server.url });
    await tier.set("k", Buffer.from("x"), 60_000);
    await server.command(["CONFIG", "SET", "maxmemory", "1mb"]);
    await expect(tier.set("l", Buffer.from("x"), 60_000)).rejects.toThrow("OOM");
    expect(await tier.get(["k", "l"])).toEqual([Buffer.from("x"), undefined]);
    await tier.delete(["k"]);
    expect(await tier.get(["k"])).toEqual([undefined]);
  });

  test("stands although the disk is full: what is held is read, signals get through, changes are rejected", async () => {
    const server = await start();
    const { tier, bus, authority } = await connect({ url: server.url });
    await tier.set("k", Buffer.from("x"), 60_000);
    const since = await authority.bump(["a"]);
    // Redis refuses to write when it could not save: here a folder is in the way of its file.
    mkdirSync(join(server.folder, "dump.rdb", "in the way"), { recursive: true });
    await server.command(["CONFIG", "SET", "save", "900 1"]);
    await server.command(["BGSAVE"]);
    await vi.waitUntil(async () => `${await server.command(["INFO", "persistence"])}`.includes("rdb_last_bgsave_status:err"));
    await expect(tier.set("k", Buffer.from("y"), 60_000)).rejects.toThrow("MISCONF");
    await expect(tier.delete(["k"])).rejects.toThrow("MISCONF");
    await expect(authority.bump(["b"])).rejects.toThrow("MISCONF");
    expect(await tier.get(["k"])).toEqual([Buffer.from("x")]);
    expect(await authority.poll(since)).toMatchObject(since);
    const heard: string[] = [];
    bus.subscribe((what) => heard.push(what));
    await vi.waitUntil(() => heard.includes("gap"));
    await bus.signal();
    await vi.waitUntil(() => heard.includes("signal"));
    expect(heard).toEqual(["gap", "signal"]);
    // Else it refuses to end as well.
    await server.command(["CONFIG", "SET", "save", ""]);
  });

  test("needs no more rights than its documentation names", async () => {
    const server = await start();
    const commands = "+@connection +@read +@write +@scripting +@pubsub +time -@dangerous".split(" ");
    const places = ["~mine:*", "~~{mine}:*", "&~{mine}:bus"];
    await server.command(["ACL", "SETUSER", "cache", "on", ">secret", "resetchannels", ...commands, ...places]);
    const url = `redis://cache:secret@127.0.0.1:${server.port}`;
    const { tier, bus, authority } = await connect({ url }, "mine");
    const heard: string[] = [];
    bus.subscribe((what) => heard.push(what));
    await vi.waitUntil(() => heard.includes("gap"));
    await bus.signal();
    await vi.waitUntil(() => heard.includes("signal"));
    await authority.bump(["a"]);
    await authority.flush(false);
    await authority.flush(true);
    await authority.poll(await authority.poll(undefined));
    expect(await tier.lock("k", "me", 1_000)).toBe(true);
    await tier.unlock("k", "me");
    expect(await tier.set("k", Buffer.from("x"), 60_000)).toBe(true);
    expect(await tier.get(["k", "l"])).toEqual([Buffer.from("x"), undefined]);
    await tier.delete(["k"]);
    expect(await tier.clear()).toBe(0);
  });

  test("is shared by the namespaces of a backend, and closed with the last of them", async () => {
    const server = await start();
    const backend = redis({ url: server.url });
    const one = backend.connect(ownNamespace());
    const other = backend.connect(ownNamespace());
    one.bus.subscribe(() => {});
    other.bus.subscribe(() => {});
    await connected(one);
    await connected(other);
    await vi.waitUntil(async () => (await clientsOf(server)) === 2);
    await one.close();
    await one.close();
    await expect(one.tier.get(["k"])).rejects.toMatchObject({ code: "closed" });
    await expect(one.tier.clear()).rejects.toMatchObject({ code: "closed" });
    one.bus.subscribe(() => expect.unreachable());
    expect(await other.tier.get(["k"])).toEqual([undefined]);
    await other.close();
    await vi.waitUntil(async () => (await clientsOf(server)) === 0);

    const again = backend.connect(ownNamespace());
    await connected(again);
    await again.close();
  });

  test("lets answers under way arrive when it is closed, and waits a bounded time for them", async () => {
    const server = await start();
    const first = await connect({ url: server.url });
    await first.tier.set("k", Buffer.from("w"), 60_000);
    const answer = first.tier.set("k", Buffer.from("x"), 60_000);
    await first.close();
    expect(await answer).toBe(true);

    const second = await connect({ url: server.url });
    server.pause();
    onTestFinished(() => server.resume());
    const lost = second.tier.get(["k"]);
    const rejected = expect(lost).rejects.toBeInstanceOf(NotConnectedError);
    await second.close();
    await rejected;
  });

  test("keeps the process alive until it is closed, and the attempts to make it do not", async () => {
    const server = await start();
    const module = new URL("../../src/redis.ts", import.meta.url).href;
    const runs = async (url: string, then: string) => {
      const script = `import { redis } from ${JSON.stringify(module)};
        const connection = redis({ url: ${JSON.stringify(url)} }).connect("exit");
        connection.bus.subscribe(() => {});
        ${then}`;
      const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
      onTestFinished(() => void child.kill());
      const [code] = (await once(child, "exit")) as [number];
      return code;
    };
    // The timer alone would not keep it alive.
    const later = "setTimeout(() => connection.close().then(() => { process.exitCode = 7; }), 500).unref();";
    expect(await runs(server.url, later)).toBe(7);
    expect(await runs(`redis://127.0.0.1:${await findFreePort()}`, "")).toBe(0);
  });

  test("leaves nothing behind in 200 times of opening and closing, at whatever moment", async () => {
    const server = await start();
    const before = sockets();
    for (let round = 0; round < 200; round++) {
      const connection = redis({ url: server.url }).connect(ownNamespace());
      const off = connection.bus.subscribe(() => {});
      if (round % 4 === 1) await new Promise(setImmediate);
      if (round % 4 === 2) await connected(connection);
      if (round % 4 === 3) off();
      await connection.close();
    }
    await vi.waitUntil(() => sockets() <= before, { timeout: 5_000 });
    await vi.waitUntil(async () => (await clientsOf(server)) === 0, { timeout: 5_000 });
  });

  test("leaves nothing behind where it was never made", async () => {
    const silent = await start();
    silent.pause();
    onTestFinished(() => silent.resume());
    const before = sockets();
    const timers = trackTimers();
    for (const url of [silent.url, "redis://127.0.0.1:1", "redis://10.255.255.1", "redis://redis.invalid"]) {
      const connection = redis({ url }).connect(ownNamespace());
      connection.bus.subscribe(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
      const startedAt = performance.now();
      await connection.close();
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
    expect(timers.made).toBeGreaterThan(0);
    await vi.waitUntil(() => timers.left.size === 0 && sockets() <= before, { timeout: 5_000 });
  });
});

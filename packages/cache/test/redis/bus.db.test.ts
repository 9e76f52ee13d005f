import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Bus } from "../../src/bus.ts";
import { redis } from "../../src/redis.ts";
import { connect, ownNamespace } from "../support/redis-connection.ts";
import { redisProgram, startRedisServer } from "../support/redis-server.ts";

const shared = redisProgram === undefined ? undefined : await startRedisServer();
const url = shared?.url ?? "";
afterAll(() => shared?.stop());

/** What a listener hears, from the gap on that says that it is subscribed. */
async function listen(bus: Bus) {
  const heard: ("signal" | "gap")[] = [];
  const off = bus.subscribe((what) => heard.push(what));
  await vi.waitUntil(() => heard.includes("gap"));
  heard.length = 0;
  return { heard, off };
}

describe.skipIf(shared === undefined)("the bus on Redis", () => {
  test("carries a signal to all who listen in the namespace, and to nobody else", async () => {
    const namespace = ownNamespace();
    const [one, other, foreign] = [await connect({ url }, namespace), await connect({ url }, namespace), await connect({ url })];
    const [mine, theirs, elsewhere] = [await listen(one.bus), await listen(other.bus), await listen(foreign.bus)];
    await one.bus.signal();
    await vi.waitUntil(() => mine.heard.length > 0 && theirs.heard.length > 0);
    await foreign.bus.signal();
    await vi.waitUntil(() => elsewhere.heard.length > 0);
    expect([mine.heard, theirs.heard, elsewhere.heard]).toEqual([["signal"], ["signal"], ["signal"]]);
  });

  test("tells each subscription of a namespace when it has begun, and nothing once it has ended", async () => {
    const { bus } = await connect({ url });
    const first = await listen(bus);
    const second = await listen(bus);
    first.off();
    first.heard.length = 0;
    await bus.signal();
    await vi.waitUntil(() => second.heard.includes("signal"));
    expect(first.heard).toEqual([]);

    // After the last one the connection goes; for the next one there is another.
    second.off();
    second.off();
    const third = await listen(bus);
    await bus.signal();
    await vi.waitUntil(() => third.heard.includes("signal"));
    expect(second.heard).toEqual(["signal"]);
  });

  test("is there again at once when its last listener goes and another one comes", async () => {
    const backend = redis({ url });
    const [own, other] = [backend.connect(ownNamespace()), backend.connect(ownNamespace())];
    onTestFinished(async () => {
      await Promise.all([own.close(), other.close()]);
    });
    const { heard: unchanged } = await listen(other.bus);
    for (let round = 0; round < 20; round++) {
      const { heard, off } = await listen(own.bus);
      await own.bus.signal();
      await vi.waitUntil(() => heard.includes("signal"), { interval: 1 });
      off();
    }
    expect(unchanged).toEqual([]);
  });

  test("takes anything on the channel for a signal, and learns nothing from it", async () => {
    const namespace = ownNamespace();
    const { bus } = await connect({ url }, namespace);
    const { heard } = await listen(bus);
    const garbage = ["", "Q1", "{}", "\u0000\uffff", "x".repeat(1_000_000)];
    for (const message of garbage) await shared!.command(["PUBLISH", `~{${namespace}}:bus`, message]);
    await vi.waitUntil(() => heard.length >= garbage.length);
    expect(heard).toEqual(garbage.map(() => "signal"));
  });

  test("a listener that throws disturbs no other one", async () => {
    const { bus } = await connect({ url });
    const thrown: unknown[] = [];
    const usual = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => thrown.push(error));
    onTestFinished(() => {
      process.removeAllListeners("uncaughtException");
      for (const listener of usual) process.on("uncaughtException", listener);
    });
    let wrong = false;
    bus.subscribe(() => {
      if (wrong) throw new Error("a listener's mistake");
    });
    const { heard } = await listen(bus);
    wrong = true;
    await bus.signal();
    await vi.waitUntil(() => heard.includes("signal") && thrown.length > 0);
    expect(thrown).toEqual([new Error("a listener's mistake")]);
  });
});

describe.skipIf(redisProgram === undefined)("a subscription that was lost", () => {
  async function start() {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const backend = redis({ url: server.url });
    const connections = [backend.connect("one"), backend.connect("two")] as const;
    onTestFinished(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    });
    const heard = await Promise.all(connections.map(async ({ bus }) => (await listen(bus)).heard));
    return { server, one: connections[0], heard: heard as [string[], string[]] };
  }

  test("is told as a gap, and made again, when the server cuts it without a word", async () => {
    const { server, one, heard } = await start();
    for (let round = 0; round < 3; round++) {
      for (const each of heard) each.length = 0;
      expect(await server.command(["CLIENT", "KILL", "TYPE", "pubsub"])).toBe(1);
      // Lost, and there again.
      await vi.waitUntil(() => heard.every((each) => each.filter((what) => what === "gap").length >= 2), { timeout: 5_000 });
      await one.bus.signal();
      await vi.waitUntil(() => heard[0].includes("signal"));
      expect(heard[1]).not.toContain("signal");
    }
  });

  test("is told as a gap when the server falls silent, and again when it is back", async () => {
    const { server, one, heard } = await start();
    server.pause();
    onTestFinished(() => server.resume());
    await vi.waitUntil(() => heard.every((each) => each.includes("gap")), { timeout: 5_000 });
    for (const each of heard) each.length = 0;
    server.resume();
    await vi.waitUntil(
      () =>
        one.bus.signal().then(
          () => heard[0].includes("signal"),
          () => false,
        ),
      { timeout: 5_000, interval: 50 },
    );
    expect(heard[0].indexOf("gap")).toBeLessThan(heard[0].indexOf("signal"));
    expect(heard[0]).toContain("gap");
  });
});

import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { isOlder } from "../../src/frame.ts";
import { connect, ownNamespace } from "../support/redis-connection.ts";
import { redisProgram, startRedisServer } from "../support/redis-server.ts";

const server = redisProgram === undefined ? undefined : await startRedisServer();
const url = server?.url ?? "";
const command = (...args: string[]) => server!.command(args);
afterAll(() => server?.stop());

/** The beginning of a frame, by hand: this is what the script must agree with `isOlder` on. */
function frame(epoch: string, version: number | string, rest = ""): Buffer {
  const digits = typeof version === "string" ? version : version.toString(16).padStart(14, "0");
  return Buffer.concat([Buffer.from("Q1"), Buffer.from([Buffer.byteLength(epoch)]), Buffer.from(epoch + digits + rest)]);
}

describe.skipIf(server === undefined)("the Redis tier", () => {
  test("asks for many keys with one command", async () => {
    const { tier } = await connect({ url });
    const calls = async () => Number(/cmdstat_mget:calls=(\d+)/.exec(`${await command("INFO", "commandstats")}`)?.[1] ?? 0);
    const before = await calls();
    await tier.get(Array.from({ length: 1_000 }, (_, index) => `${index}`));
    expect(await calls()).toBe(before + 1);
  });

  test("agrees with isOlder on all bytes", async () => {
    const { tier } = await connect({ url });
    const version = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1),
      fc.constantFrom("20000000000000", "ffffffffffffff", "0000000000000F", "000000000000g1", "0000000000001", ""),
    );
    const epoch = fc.constantFrom("", "e", "f", "é", "e".repeat(255));
    const some = fc.oneof(
      fc.tuple(epoch, version, fc.constantFrom("", "rest")).map(([name, number, rest]) => frame(name, number, rest)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(Buffer.from("Q"), Buffer.from("Q1"), Buffer.from("Q2\x01e00000000000001"), Buffer.from("Q1\x01e")),
    );
    await fc.assert(
      fc.asyncProperty(some, some, async (held, next) => {
        await tier.delete(["k"]);
        expect(await tier.set("k", held, 60_000)).toBe(true);
        expect(await tier.set("k", next, 60_000)).toBe(!isOlder(next, held));
        expect(await tier.get(["k"])).toEqual([isOlder(next, held) ? held : next]);
      }),
      { numRuns: 300 },
    );
  });

  test("replaces what is no string, and does not take it for a frame", async () => {
    const namespace = ownNamespace();
    const { tier } = await connect({ url }, namespace);
    await command("LPUSH", `${namespace}:k`, "x");
    await expect(tier.get(["k"])).rejects.toThrow("WRONGTYPE");
    expect(await tier.set("k", frame("e", 1), 60_000)).toBe(true);
    expect(await tier.get(["k"])).toEqual([frame("e", 1)]);
  });

  test("keeps a frame for its time, at least a millisecond, and without an end if that is beyond counting", async () => {
    const namespace = ownNamespace();
    const { tier } = await connect({ url }, namespace);
    const remaining = async (ttlMs: number) => {
      await tier.set("k", frame("e", 1), ttlMs);
      return Number(await command("PTTL", `${namespace}:k`));
    };
    for (const ttlMs of [60_000.5, 40 * 86_400_000]) {
      const left = await remaining(ttlMs);
      expect(left).toBeGreaterThan(ttlMs - 10_000);
      expect(left).toBeLessThanOrEqual(ttlMs + 1);
    }
    expect(await remaining(Number.POSITIVE_INFINITY)).toBe(-1);
    expect(await remaining(1e21)).toBe(-1);
    expect(await remaining(Number.MAX_SAFE_INTEGER)).toBeGreaterThan(Number.MAX_SAFE_INTEGER - 10_000);
    await tier.set("k", frame("e", 1), 0.01);
    await vi.waitUntil(async () => (await tier.get(["k"]))[0] === undefined);
  });

  test("lets the holder of a lock take it again, for another time", async () => {
    const { tier } = await connect({ url });
    expect(await tier.lock("k", "first", 60_000)).toBe(true);
    expect(await tier.lock("k", "first", 30)).toBe(true);
    await vi.waitUntil(() => tier.lock("k", "second", 60_000));
    expect(await tier.lock("k", "first", 60_000)).toBe(false);
  });

  test("clears its own keys and no others, also of namespaces that begin alike", async () => {
    const namespace = ownNamespace();
    const { tier, authority } = await connect({ url }, namespace);
    const foreign = [namespace, `${namespace}2:k`, `${namespace}.k`, `x${namespace}:k`, `~{${namespace}}:lock:held`];
    for (const key of foreign) await command("SET", key, "foreign");
    const { epoch } = await authority.poll(undefined);
    const keys = Array.from({ length: 1_700 }, (_, index) => `key ${index} *?[a-z]`);
    await Promise.all(keys.map((key) => tier.set(key, Buffer.from("x"), 60_000)));

    expect(await tier.clear()).toBe(1_700);
    expect(new Set(await tier.get(keys))).toEqual(new Set([undefined]));
    expect(await command("MGET", ...foreign)).toEqual(foreign.map(() => "foreign"));
    expect((await authority.poll(undefined)).epoch).toBe(epoch);
    expect(await tier.clear()).toBe(0);
    await command("DEL", ...foreign);
  });

  test("knows Redis's time of day without asking, never behind it and ahead by no more than a round trip", async () => {
    const { tier } = await connect({ url });
    const theirs = async () => {
      const [seconds, microseconds] = (await command("TIME")) as [string, string];
      return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    };
    const before = await theirs();
    const ours = tier.now()!;
    const after = await theirs();
    expect(ours).toBeGreaterThanOrEqual(before);
    // The round trip of the heartbeat and of this question, on a machine that is busy.
    expect(ours).toBeLessThan(after + 250);
  });
});

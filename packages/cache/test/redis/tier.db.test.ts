import { createClient } from "@redis/client";
import fc from "fast-check";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import { isOlder } from "../../src/frame.ts";
import { connect, ownNamespace } from "../support/redis-connection.ts";

const url = inject("redisUrl") ?? "";

/** The beginning of a frame, by hand: this is what the script must agree with `isOlder` on. */
function frame(epoch: string, version: number | string, rest = ""): Buffer {
  const digits = typeof version === "string" ? version : version.toString(16).padStart(14, "0");
  return Buffer.concat([Buffer.from("Q1"), Buffer.from([Buffer.byteLength(epoch)]), Buffer.from(epoch + digits + rest)]);
}

describe.skipIf(url === "")("the Redis tier", async () => {
  const client = url === "" ? undefined : await createClient({ url }).connect();
  afterAll(() => client?.destroy());
  const command = (...args: string[]) => client!.sendCommand(args);

  test("gives back the bytes that were set, whatever they are", async () => {
    const { tier } = await connect({ url });
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    for (const frame of [bytes, new Uint8Array(), Buffer.from("\r\n$-1\r\n"), Buffer.from([0])]) {
      expect(await tier.set("k", frame, 60_000)).toBe(true);
      const [held] = await tier.get(["k"]);
      expect(Buffer.from(held!)).toEqual(Buffer.from(frame));
    }
    // A view into a larger buffer is only what it shows.
    await tier.set("k", bytes.subarray(10, 12), 60_000);
    expect(Buffer.from((await tier.get(["k"]))[0]!)).toEqual(Buffer.from([10, 11]));
  });

  test("answers for many keys in their order, twice for one that is asked twice", async () => {
    const { tier } = await connect({ url });
    await Promise.all(["a", "b", "c {d}"].map((key) => tier.set(key, Buffer.from(key), 60_000)));
    const held = await tier.get(["c {d}", "absent", "a", "b", "a"]);
    expect(held.map((frame) => frame && Buffer.from(frame).toString())).toEqual(["c {d}", undefined, "a", "b", "a"]);
    expect(await tier.get([])).toEqual([]);
    expect(await tier.get(["absent"])).toEqual([undefined]);
  });

  test("asks for many keys with one command", async () => {
    const { tier } = await connect({ url });
    const calls = async () => Number(/cmdstat_mget:calls=(\d+)/.exec(`${await command("INFO", "commandstats")}`)?.[1] ?? 0);
    const before = await calls();
    await tier.get(Array.from({ length: 1_000 }, (_, index) => `${index}`));
    expect(await calls()).toBe(before + 1);
  });

  test("refuses to go back within an epoch, and only then", async () => {
    const { tier } = await connect({ url });
    expect(await tier.set("k", frame("e", 16, "new"), 60_000)).toBe(true);
    expect(await tier.set("k", frame("e", 9, "old"), 60_000)).toBe(false);
    expect(await tier.get(["k"])).toEqual([frame("e", 16, "new")]);
    expect(await tier.set("k", frame("e", 16, "again"), 60_000)).toBe(true);
    expect(await tier.set("k", frame("f", 1, "other epoch"), 60_000)).toBe(true);
    expect(await tier.get(["k"])).toEqual([frame("f", 1, "other epoch")]);
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

  test("deletes what it is told to, at once", async () => {
    const { tier } = await connect({ url });
    for (const key of ["a", "b", "c"]) await tier.set(key, Buffer.from(key), 60_000);
    await tier.delete(["a", "c", "absent"]);
    expect(await tier.get(["a", "b", "c"])).toEqual([undefined, Buffer.from("b"), undefined]);
    await tier.delete([]);
  });

  test("lets one holder at a time have a lock, and another one once it is given back or over", async () => {
    const { tier } = await connect({ url });
    expect(await tier.lock("k", "first", 60_000)).toBe(true);
    expect(await tier.lock("k", "second", 60_000)).toBe(false);
    expect(await tier.lock("other", "second", 60_000)).toBe(true);
    await tier.unlock("k", "second");
    expect(await tier.lock("k", "second", 60_000)).toBe(false);
    await tier.unlock("k", "first");
    expect(await tier.lock("k", "second", 60_000)).toBe(true);

    // The holder may take it again, for another time; when that is over, it is anybody's.
    expect(await tier.lock("k", "second", 30)).toBe(true);
    await vi.waitUntil(() => tier.lock("k", "third", 60_000));
    await tier.unlock("k", "second");
    expect(await tier.lock("k", "fourth", 60_000)).toBe(false);
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
      const [seconds, microseconds] = (await command("TIME")) as unknown as [string, string];
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

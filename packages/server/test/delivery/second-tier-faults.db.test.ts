import { type FaultProxy, startFaultProxy } from "@qrcards/cache/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { useSqlite } from "../support/databases.ts";
import { type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { eventually, startSite, type TestSite } from "./test-site.ts";

/** Redis may cost a reader 50 ms; the rest is for a busy machine. Without a deadline it would be 1.5 s, until the silence is noticed. */
const PROMPT_MS = 1_000;

describe.skipIf(redisProgram === undefined)("whatever happens to Redis", () => {
  const makeDatabase = useSqlite();
  let redis: RedisServer;
  let databaseUrl: string;
  let trip: Planted;
  let site: TestSite;
  let structure: string;

  const start = (redisUrl = redis.url) => startSite({ databaseUrl, env: { REDIS_URL: redisUrl, PATH_CACHE_TIERS: "both" } });
  /** A process that has nothing in memory. */
  const restart = async () => {
    await site.close();
    site = await start();
  };
  const read = async (text: string) => {
    const startedAt = performance.now();
    const answer = await site.get("/manual/page");
    expect(answer.status).toBe(200);
    expect(answer.text.includes(text)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(PROMPT_MS);
  };
  const l2 = () => site.services.cache.stats().l2!;
  const kept = () => redis.command(["GET", structure], "buffers") as Promise<Buffer | null>;
  const untilKept = () => eventually(5_000, kept, (frame) => frame !== null);
  const write = (text: string) => writeBody(site.services, trip.id("Page"), text);

  beforeAll(async () => {
    redis = await startRedisServer();
    databaseUrl = (await makeDatabase({ migrated: false })).url;
    const author = await start();
    trip = await plantTrip(author.services, { title: "Manual", children: [{ title: "Page" }] });
    structure = `qrcards:trip:${trip.tripId}:structure`;
    await author.close();
  });
  beforeEach(async () => {
    await redis.restart();
    site = await start();
    await write("As it was.");
    await read("As it was.");
    await untilKept();
  });
  afterEach(() => site.close());
  afterAll(() => redis?.stop());

  test("stopped: pages are answered, edits are acknowledged and seen, and it is used again when it goes on", async () => {
    redis.pause();
    try {
      await write("While it stood still.");
      await read("While it stood still.");
      await restart();
      await read("While it stood still.");
    } finally {
      redis.resume();
    }
    await eventually(
      5_000,
      async () => {
        await write("Afterwards.");
        await read("Afterwards.");
        return l2().writes.kept;
      },
      (count) => count > 0,
    );
    await restart();
    await read("Afterwards.");
  });

  test("killed, and started again empty", async () => {
    await redis.kill();
    await write("While it was away.");
    await read("While it was away.");
    await restart();
    await read("While it was away.");
    await redis.restart();
    await eventually(
      5_000,
      async () => {
        await write("Afterwards.");
        await read("Afterwards.");
        return kept();
      },
      (frame) => frame !== null,
    );
    await restart();
    await read("Afterwards.");
    expect(l2().reads).toMatchObject({ accepted: 1 });
  });

  test("flushed: it is a miss, and nothing more", async () => {
    await redis.command(["FLUSHALL"]);
    await read("As it was.");
    await restart();
    await read("As it was.");
    expect(l2().reads).toMatchObject({ missing: 1, accepted: 0 });
  });

  test.each([
    ["nothing", () => ""],
    ["a word", () => "garbage"],
    ["JSON of another program", () => '{"groups":[]}'],
    ["half of it", (frame: Buffer) => frame.subarray(0, frame.byteLength / 2)],
    ["it, and more", (frame: Buffer) => Buffer.concat([frame, frame])],
    ["another format", (frame: Buffer) => Buffer.concat([Buffer.from("Q9"), frame.subarray(2)])],
    ["zeros in its last titles", (frame: Buffer) => Buffer.concat([frame.subarray(0, frame.byteLength - 60), Buffer.alloc(60)])],
  ])("%s in its place is a miss, and is replaced", async (_what, damage) => {
    const frame = (await kept())!;
    await redis.command(["SET", structure, damage(frame) as string]);
    await restart();
    await read("As it was.");
    expect(l2().reads).toMatchObject({ accepted: 0, garbage: 1 });
    await eventually(5_000, kept, (now) => now !== null && now.byteLength === frame.byteLength);
  });

  test("a key of another type in its place is a miss", async () => {
    await redis.command(["DEL", structure]);
    await redis.command(["LPUSH", structure, "1"]);
    await restart();
    await read("As it was.");
    expect(l2().reads).toMatchObject({ accepted: 0, unavailable: 1 });
  });

  test("what was there before an edit is not believed when a dump brings it back", async () => {
    const before = (await redis.command(["DUMP", structure], "buffers")) as Buffer;
    await write("Newer than the dump.");
    await read("Newer than the dump.");
    await redis.command(["RESTORE", structure, "0", before as unknown as string, "REPLACE"]);
    await restart();
    await read("Newer than the dump.");
    expect(l2().reads).toMatchObject({ accepted: 0, refused: 1 });
  });

  test("what belongs to others there stays as it is", async () => {
    const others = ["trip:1:structure", "qrcards2:trip:1:structure", "session:qrcards:1"];
    for (const key of others) await redis.command(["SET", key, "theirs"]);
    await write("Another version.");
    await read("Another version.");
    await site.services.cache.clear();
    await site.services.pathCache!.clear();
    await eventually(5_000, kept, (frame) => frame === null);
    for (const key of others) expect(await redis.command(["GET", key])).toBe("theirs");
  });

  test("not there at the start: it says so once, serves, and uses it when it comes", async () => {
    await redis.kill();
    await restart();
    const told: (string | undefined)[] = [];
    site.services.secondTier!.watch((trouble) => told.push(trouble?.message));
    await read("As it was.");
    expect(told).toEqual([expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ is not connected\.$/)]);
    await redis.restart();
    await eventually(
      10_000,
      async () => told.length,
      (count) => count === 2,
    );
    expect(told[1]).toBeUndefined();
    await write("It is there.");
    await read("It is there.");
    await untilKept();
  });

  test("without its subscriptions it is no trouble, and is not told as one", async () => {
    const told: unknown[] = [];
    site.services.secondTier!.watch((trouble) => told.push(trouble));
    const subscribers = async () => ((await redis.command(["PUBSUB", "NUMSUB", "~{qrcards}:bus"])) as [string, number])[1];
    for (let times = 0; times < 3; times += 1) {
      await eventually(5_000, subscribers, (count) => count === 1);
      await redis.command(["CLIENT", "KILL", "TYPE", "pubsub"]);
    }
    await eventually(5_000, subscribers, (count) => count === 1);
    expect(told).toEqual([]);
  });

  describe("the line to it", () => {
    let proxy: FaultProxy;
    beforeEach(async () => {
      proxy = await startFaultProxy({ target: redis.url });
      await site.close();
      site = await start(proxy.url);
      await read("As it was.");
    });
    afterEach(() => proxy.close());

    test("falls silent: a structure that is not in memory is loaded after the deadline", async () => {
      proxy.pause();
      for (const text of ["In silence.", "In silence, again."]) {
        await write(text);
        await read(text);
      }
      proxy.resume();
    });

    test("breaks: nobody notices", async () => {
      await proxy.cut();
      for (const text of ["Cut.", "Cut, again."]) {
        await write(text);
        await read(text);
      }
    });
  });
});

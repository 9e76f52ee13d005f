import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { eachDatabase } from "../support/databases.ts";
import { type CountingServer, startCountingServer } from "./counting-server.ts";
import { type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { eventually, startSite, type TestSite } from "./test-site.ts";

/** So seldom that whatever is seen within seconds was not found by polling. */
const SELDOM = { pollEveryMs: 60_000, leaseMs: 120_000 };
const WELL_BEFORE_MS = 10_000;

describe.skipIf(redisProgram === undefined)("two servers that share a Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis?.stop());

  eachDatabase((makeDatabase, kind) => {
    const prefix = `bus-${kind}`;
    let databaseUrl: string;
    let trip: Planted;
    let here: TestSite;
    let there: CountingServer;

    beforeAll(async () => {
      databaseUrl = (await makeDatabase({ migrated: false })).url;
      const author = await startSite({ databaseUrl });
      trip = await plantTrip(author.services, { title: "Log", children: [{ title: "One" }] });
      await author.close();
    });

    async function start(polls: typeof SELDOM | undefined): Promise<void> {
      const env = { REDIS_URL: redis.url, REDIS_PREFIX: prefix };
      here = await startSite({ databaseUrl, env, ...(polls && { polls }) });
      there = await startCountingServer({ ...env, DATABASE_URL: databaseUrl }, polls);
      await eventually(5_000, subscribers, (count) => count === 2);
      await there.get("/log/one");
    }
    afterEach(async () => {
      await Promise.all([here.close(), there.close()]);
    });

    const channel = `~{${prefix}}:bus`;
    const subscribers = async () => ((await redis.command(["PUBSUB", "NUMSUB", channel])) as [string, number])[1];
    const isVisibleThere = (text: string, withinMs: number) =>
      eventually(
        withinMs,
        () => there.get("/log/one"),
        (page) => page.includes(text),
      );

    describe("and hardly ever poll", () => {
      beforeEach(() => start(SELDOM));

      test("show at once what was edited at the other one", async () => {
        for (const text of ["First edit.", "Second edit."]) {
          await writeBody(here.services, trip.id("One"), text);
          await isVisibleThere(text, WELL_BEFORE_MS);
        }
      });

      test("poll after a subscription was lost, whatever they missed meanwhile", async () => {
        const [other] = await Promise.all([startSite({ databaseUrl }), redis.command(["CLIENT", "KILL", "TYPE", "pubsub"])]);
        await writeBody(other.services, trip.id("One"), "Edited by somebody without Redis.");
        await other.close();
        await redis.command(["CLIENT", "KILL", "TYPE", "pubsub"]);
        await isVisibleThere("Edited by somebody without Redis.", WELL_BEFORE_MS);
      });

      test("take nothing from a message but that they should poll", async () => {
        await there.statements();
        for (const message of ["", "trip:1", "{}", "\\0".repeat(1_000)]) await redis.command(["PUBLISH", channel, message]);
        expect(await there.get("/log/one")).toContain("<h1>One</h1>");
        expect(await there.statements()).toEqual([]);
      });
    });

    test("show edits within the lease while every subscription is killed as soon as it is there", async () => {
      await start(undefined);
      let killing = true;
      const killer = (async () => {
        while (killing) await redis.command(["CLIENT", "KILL", "TYPE", "pubsub"]);
      })();
      await writeBody(here.services, trip.id("One"), "Seen by polling.");
      await isVisibleThere("Seen by polling.", 3_000).finally(() => {
        killing = false;
      });
      await killer;
    });
  });
});

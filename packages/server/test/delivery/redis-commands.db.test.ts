import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { redisProgram, startRedisServer } from "../../../cache/test/support/redis-server.ts";
import { useSqlite } from "../support/databases.ts";
import { plantTrip, writeBody } from "./plant-trip.ts";
import { eventually, startSite } from "./test-site.ts";

/** What the table in docs/caching.md names, which was compared with what Redis and Valkey have. */
function commandsInDocs(): readonly string[] {
  const text = readFileSync(new URL("../../../../docs/caching.md", import.meta.url), "utf8");
  const [, section = ""] = text.split("## Redis or Valkey");
  const table = section.split("\n").filter((line) => line.startsWith("|"));
  return table.flatMap((line) => [...line.matchAll(/`([A-Z ]+)`/g)].map(([, command]) => command!.toLowerCase().replace(" ", "|")));
}

const makeDatabase = useSqlite();

test.skipIf(redisProgram === undefined)("a server sends Redis no command that docs/caching.md does not name", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const databaseUrl = (await makeDatabase({ migrated: false })).url;
  const start = () => startSite({ databaseUrl, env: { REDIS_URL: redis.url, PATH_CACHE_TIERS: "both" } });
  const author = await start();
  onTestFinished(() => author.close());
  const trip = await plantTrip(author.services, { title: "Manual", children: [{ title: "Page" }] });
  await author.get("/manual/page");
  await writeBody(author.services, trip.id("Page"), "Another text.");
  await author.get("/manual/page");
  await eventually(
    5_000,
    async () => author.services.cache.stats().l2!.writes.kept,
    (kept) => kept > 0,
  );
  const reader = await start();
  onTestFinished(() => reader.close());
  await reader.get("/manual/page");
  await reader.services.cache.clear();
  await eventually(
    5_000,
    () => redis.command(["KEYS", "qrcards:*"]),
    (keys) => `${keys}` === "",
  );
  const stats = `${await redis.command(["INFO", "commandstats"])}`;
  const sent = [...stats.matchAll(/^cmdstat_([^:]+):/gm)].map(([, command]) => command!);
  expect(sent).toEqual(expect.arrayContaining(["get", "evalsha", "publish", "subscribe", "time", "scan", "unlink"]));
  const ours = ["info", "keys"];
  expect(sent.filter((command) => !ours.includes(command) && !commandsInDocs().includes(command))).toEqual([]);
});

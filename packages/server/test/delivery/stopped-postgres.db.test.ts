import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createToken } from "../../src/admin/tokens.ts";
import { type OwnPostgres, startOwnPostgres } from "../support/own-postgres.ts";
import { plantTrip } from "./plant-trip.ts";
import { eventually, startSite, type TestSite } from "./test-site.ts";

/** A poll, its limit of 1 s, and the pause until the next; with a margin. */
const RECOVERED_MS = 5_000;
/** Until polls have noticed, 3 s; with a margin. What hangs for good would take ten or sixty. */
const TOLD_MS = 6_000;

// Its processes are found in `/proc`.
const canStart = inject("postgresUrl") !== undefined && process.platform === "linux";

describe.skipIf(!canStart)("a PostgreSQL", () => {
  let database: OwnPostgres;
  let site: TestSite;
  let token: string;

  beforeAll(async () => {
    database = await startOwnPostgres();
    site = await startSite({ databaseUrl: database.url });
    await plantTrip(site.services, { title: "Log", children: [{ title: "One" }, { title: "Two" }] });
    token = (await createToken(site.services.database.db, { name: "test", scopes: ["edit"], expiresInMs: null })).text;
  });
  afterAll(async () => {
    database?.goOn();
    await site?.close();
    await database?.close();
  });

  const said = async (target: string) => (await site.get(target)).headers["cache-status"];
  const isHit = (text: unknown) => text === "QRCards; hit";
  async function edit() {
    const answer = await fetch(`http://127.0.0.1:${site.port}/api/trips`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ title: "Another" }),
    });
    return { status: answer.status, wait: answer.headers.get("retry-after") };
  }
  /** Whatever comes of it must come in time. */
  async function inTime<T>(asked: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const answer = await asked;
    expect(performance.now() - startedAt).toBeLessThan(TOLD_MS);
    return answer;
  }

  test("that stops in the middle keeps nobody waiting: neither readers, nor authors, whether they came before or after it was noticed", async () => {
    await site.get("/log/one");
    database.stop();
    try {
      // They come while the lease still lasts, so the server asks the database.
      const [cold, refused] = await Promise.all([inTime(site.get("/log/two")), inTime(edit())]);
      expect({ status: cold.status, wait: cold.headers["retry-after"] }).toEqual({ status: 503, wait: "3" });
      expect(refused).toEqual({ status: 503, wait: "3" });
      expect(await said("/log/one")).toBe("QRCards; hit; detail=stale");
      expect((await inTime(site.get("/log/two"))).status).toBe(503);
      expect(await inTime(edit())).toEqual({ status: 503, wait: "3" });
    } finally {
      database.goOn();
    }
    await eventually(RECOVERED_MS, () => said("/log/one"), isHit);
    expect((await site.get("/log/two")).status).toBe(200);
    expect((await edit()).status).toBe(201);
  });

  test("that crashes and recovers is used again at once, and pages in memory are shown all the while", async () => {
    await site.get("/log/one");
    await database.crash();
    const seen: unknown[] = [];
    const look = async () => {
      const { status, headers } = await site.get("/log/one");
      seen.push(status);
      return headers["cache-status"];
    };
    const editMeanwhile = async () => {
      await look();
      return (await edit()).status;
    };
    await eventually(RECOVERED_MS, editMeanwhile, (status) => status === 201);
    await eventually(RECOVERED_MS, look, isHit);
    expect(new Set(seen)).toEqual(new Set([200]));
  });
});

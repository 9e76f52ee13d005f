import { renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { type Cable, layCable } from "./cable.ts";
import { PIXEL, plantTrip } from "./plant-trip.ts";
import { runRawSql } from "./raw-sql.ts";
import { type Answer, eventually, startSite, type TestSite } from "./test-site.ts";

/** The lease (2 s), and some time to notice. */
const NOTICED_MS = 3_000;
/** A lost connection is dialled again at the next poll. */
const RECOVERED_MS = 5_000;

const WARM = "/log/one";
const COLD = "/log/two";

eachDatabase((makeDatabase, kind) => {
  let site: TestSite;
  let databaseUrl: string;
  let cable: Cable | undefined;
  let code: string;
  let asset: string;

  beforeAll(async () => {
    databaseUrl = (await makeDatabase({ migrated: false })).url;
    cable = kind === "postgres" ? await layCable(databaseUrl) : undefined;
    site = await startSite({ databaseUrl: cable?.url ?? databaseUrl });
    const trip = await plantTrip(site.services, { title: "Log", children: [{ title: "One" }, { title: "Two" }, { title: "Three" }] });
    code = (await site.services.cards.cardOf(trip.id("Two"))).code;
    asset = (await site.services.assets.add(trip.tripId, "dot.png", PIXEL)).href;
  });
  afterAll(async () => {
    cable?.cut();
    await site?.close();
    await cable?.close();
  });

  /** Reads until it is told that nobody can say what is true, and keeps what it was told before. */
  async function readUntilUnavailable(): Promise<Answer[]> {
    const seen: Answer[] = [];
    const look = async () => {
      const answer = await site.get(WARM);
      seen.push(answer);
      return answer;
    };
    await eventually(NOTICED_MS, look, ({ status }) => status === 503);
    return seen;
  }

  async function expectUnavailable(): Promise<void> {
    for (const target of [WARM, `${WARM}/`, COLD, `${COLD}.json`, "/log/nowhere", "/unknown", "/", "/sitemap.xml", `/c/${code}`, asset]) {
      const startedAt = performance.now();
      const { status, headers, text } = await site.get(target);
      expect({ target, status, wait: headers["retry-after"], type: headers["content-type"] }).toEqual({
        target,
        status: 503,
        wait: "3",
        type: "text/html; charset=utf-8",
      });
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(text).toContain("<h1>This page cannot be shown right now</h1>");
      expect(text.slice(text.indexOf("<body>"))).not.toMatch(/select|node_modules|\/src\/|sqlite|postgres|ECONN|127\.0\.0\.1/i);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
    // What no database is asked for goes on.
    expect((await site.get("/robots.txt")).status).toBe(200);
    expect((await site.get("/log/%zz")).status).toBe(400);
  }

  async function expectRecovered(): Promise<void> {
    for (const target of [WARM, COLD, "/", asset])
      await eventually(
        RECOVERED_MS,
        () => site.get(target),
        ({ status }) => status === 200,
      );
    expect((await site.get(`${WARM}/`)).status).toBe(308);
    expect((await site.get("/log/nowhere")).status).toBe(404);
  }

  if (kind === "postgres") {
    test("when the database is gone, readers are told so after the lease, and served again when it is back", async () => {
      expect((await site.get(WARM)).status).toBe(200);
      cable!.cut();
      const seen = await readUntilUnavailable();
      expect([...new Set(seen.map(({ status }) => status))].toSorted()).toEqual([200, 503]);
      await expectUnavailable();
      cable!.mend();
      await expectRecovered();
    });

    test("when the database hangs, readers are told so, and none waits for it", async () => {
      expect((await site.get(WARM)).status).toBe(200);
      cable!.freeze();
      await readUntilUnavailable();
      await expectUnavailable();
      cable!.mend();
      await expectRecovered();
    });

    test("when every connection is ended by the database, readers hardly notice", async () => {
      await runRawSql(
        databaseUrl,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      );
      await expectRecovered();
    });
  }

  if (kind === "sqlite") {
    const file = () => databaseUrl.slice("sqlite:".length);
    const away = () => `${file()}.away`;

    test("when the file is gone, readers are told so after the lease, and served again when it is back", async () => {
      expect((await site.get(WARM)).status).toBe(200);
      renameSync(file(), away());
      await readUntilUnavailable();
      await expectUnavailable();
      renameSync(away(), file());
      await expectRecovered();
    });

    test("another file in its place is not mistaken for it", async () => {
      renameSync(file(), away());
      new DatabaseSync(file()).close();
      await readUntilUnavailable();
      await expectUnavailable();
      renameSync(away(), file());
      await expectRecovered();
    });

    test("while another process writes, readers go on", async () => {
      const writer = new DatabaseSync(file());
      writer.exec("begin immediate; update nodes set title = 'Unfinished' where segment = 'three'");
      try {
        for (const target of [WARM, COLD, "/log/three"]) expect((await site.get(target)).status).toBe(200);
        expect((await site.get("/log/three")).text).toContain("<h1>Three</h1>");
      } finally {
        writer.exec("rollback");
        writer.close();
      }
    });
  }

  describe("what was answered before", () => {
    test("is answered the same after it", async () => {
      expect((await site.get(WARM)).text).toContain("<h1>One</h1>");
    });
  });
});

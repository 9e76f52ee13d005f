import { randomBytes } from "node:crypto";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "../../src/admin/tokens.ts";
import { deleteNode, editNode } from "../../src/trips/edits.ts";
import { eachDatabase } from "../support/databases.ts";
import { type Cable, layCable } from "./cable.ts";
import { edit as change, PIXEL, plantTrip } from "./plant-trip.ts";
import { runRawSql } from "./raw-sql.ts";
import { type Answer, eventually, startSite, type TestSite } from "./test-site.ts";

/** The lease (2 s), and some time to notice. */
const NOTICED_MS = 3_000;
/** A lost connection is dialled again at the next poll. */
const RECOVERED_MS = 5_000;

/** The busy limit, 5 s, and some time to answer. */
const EDIT_LIMIT_MS = 8_000;

const WARM = "/log/one";
const COLD = "/log/two";

const isMarked = ({ headers }: Answer) => headers["cache-status"] === "QRCards; hit; detail=stale";
/** They are tried again every second. */
const isScanCount = (sql: string) => /^(?:begin|rollback|select set_config|update "cards")/.test(sql);

eachDatabase((makeDatabase, kind) => {
  let site: TestSite;
  let databaseUrl: string;
  let cable: Cable | undefined;
  /** Followed before, and never; and one that leads to a trip of which nothing is in memory. */
  let code: string;
  let unseenCode: string;
  let otherCode: string;
  let asset: string;
  let etag: string;
  let token: string;

  beforeAll(async () => {
    databaseUrl = (await makeDatabase({ migrated: false })).url;
    cable = kind === "postgres" ? await layCable(databaseUrl) : undefined;
    site = await startSite({ databaseUrl: cable?.url ?? databaseUrl });
    const { services } = site;
    const trip = await plantTrip(services, {
      title: "Log",
      children: [{ title: "One" }, { title: "Two" }, { title: "Three" }, { title: "Past" }, { title: "Gone" }],
    });
    const other = await plantTrip(services, { title: "Other" });
    await change(services, (trx, at) => editNode(trx, trip.id("Past"), { slug: "renamed" }, at));
    await change(services, (trx, at) => deleteNode(trx, trip.id("Gone"), {}, at));
    code = (await services.cards.cardOf(trip.id("Two"))).code;
    unseenCode = (await services.cards.cardOf(trip.id("Three"))).code;
    otherCode = (await services.cards.cardOf(other.id("Other"))).code;
    asset = (await services.assets.add(trip.tripId, "dot.png", PIXEL)).href;
    token = (await createToken(services.database.db, { name: "test", scopes: ["edit"], expiresInMs: null })).text;
    etag = (await site.get(WARM)).headers.etag!;
    for (const target of ["/", "/sitemap.xml", `/c/${code}`]) await site.get(target);
  });
  afterAll(async () => {
    cable?.cut();
    await site?.close();
    await cable?.close();
  });

  /** Reads until it is told that the database is away, and keeps what it was told before. */
  async function readUntilAway(): Promise<Answer[]> {
    const seen: Answer[] = [];
    const look = async () => {
      const answer = await site.get(WARM);
      seen.push(answer);
      return answer;
    };
    await eventually(NOTICED_MS, look, isMarked);
    return seen;
  }

  /** What was current when the database was last heard, and what can be made of it, is shown; nobody may keep it, or be told that they hold it. */
  async function expectStandIns(): Promise<void> {
    for (const [target, status, said, more] of [
      [WARM, 200, "hit; detail=stale", "<h1>One</h1>"],
      [`${WARM}?from=poster`, 200, "hit; detail=stale", "<h1>One</h1>"],
      ["/", 200, "hit; detail=stale", "Log"],
      ["/sitemap.xml", 200, "hit; detail=stale", "<loc>"],
      [`${WARM}/`, 308, "fwd=uri-miss; detail=stale", WARM],
      ["/log/past", 302, "fwd=uri-miss; detail=stale", "/log/renamed"],
      ["/log/nowhere", 404, "fwd=uri-miss; detail=stale", "There is no page at this address"],
      ["/log/gone", 410, "fwd=uri-miss; detail=stale", "Gone"],
      [`/c/${code}`, 302, "fwd=bypass; detail=stale", COLD],
      [`/c/${code}+`, 200, "fwd=bypass; detail=stale", code],
    ] as const) {
      for (const held of [undefined, etag]) {
        const { status: told, headers, text } = await site.get(target, held === undefined ? {} : { "if-none-match": held });
        expect({ target, status: told, said: headers["cache-status"], keeping: headers["cache-control"] }).toEqual({
          target,
          status,
          said: `QRCards; ${said}`,
          keeping: "no-store",
        });
        expect(headers).not.toHaveProperty("etag");
        expect(headers.location ?? text).toContain(more);
      }
      expect((await site.ask("HEAD", target)).headers["cache-control"]).toBe("no-store");
    }
    const squeezed = await site.get(WARM, { "accept-encoding": "br" });
    expect(squeezed.headers).toMatchObject({
      "cache-status": "QRCards; hit; detail=stale",
      "cache-control": "no-store",
      vary: "Accept-Encoding",
    });
  }

  /** Texts and files are in the database alone, as is whatever was not asked for before. */
  async function expectUnavailable(): Promise<void> {
    for (const target of [COLD, `${COLD}.json`, `${WARM}.qr.svg`, "/unknown", "/other", `/c/${otherCode}`, `/c/${unseenCode}`, asset]) {
      const startedAt = performance.now();
      const { status, headers, text } = await site.get(target);
      expect({ target, status, wait: headers["retry-after"], type: headers["content-type"] }).toEqual({
        target,
        status: 503,
        wait: "3",
        type: "text/html; charset=utf-8",
      });
      expect(headers["cache-status"]).toMatch(/^QRCards; fwd=(uri-miss|bypass)$/);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(text).toContain("<h1>This page cannot be shown right now</h1>");
      expect(text.slice(text.indexOf("<body>"))).not.toMatch(/select|node_modules|\/src\/|sqlite|postgres|ECONN|127\.0\.0\.1/i);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }
    // What no database is asked for goes on.
    expect((await site.get("/robots.txt")).headers["cache-status"]).toBe("QRCards; fwd=bypass");
    expect((await site.get("/log/%zz")).status).toBe(400);
  }

  async function expectOutage(): Promise<void> {
    const asked = site.statements.length;
    await expectStandIns();
    await expectUnavailable();
    expect(site.statements.slice(asked).filter((sql) => !isScanCount(sql))).toEqual([]);
    await expectEditsRefused();
  }

  /** In bounded time, and with a word on when to come again. */
  async function expectEditsRefused(): Promise<void> {
    const { status, headers, body } = await edit();
    expect({ status, wait: headers.get("retry-after"), code: body.code }).toEqual({ status: 503, wait: "3", code: "database-unavailable" });
  }

  async function edit() {
    const startedAt = performance.now();
    const answer = await fetch(`http://127.0.0.1:${site.port}/api/trips`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ title: "Refused" }),
    });
    expect(performance.now() - startedAt).toBeLessThan(EDIT_LIMIT_MS);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as { code?: string } };
  }

  async function expectRecovered(): Promise<void> {
    const { headers } = await eventually(
      RECOVERED_MS,
      () => site.get(WARM),
      (answer) => !isMarked(answer),
    );
    // It was held all the while.
    expect(headers).toMatchObject({ "cache-status": "QRCards; hit", "cache-control": "no-cache", etag });
    // For HEAD, so that they are as cold as before.
    for (const target of [`${COLD}.json`, "/other", asset]) expect((await site.ask("HEAD", target)).status).toBe(200);
    expect((await site.get("/log/nowhere")).headers["cache-status"]).toBe("QRCards; fwd=uri-miss; detail=memory");
  }

  if (kind === "postgres") {
    test("when the database is gone, readers are told so after the lease, and served again when it is back", async () => {
      expect((await site.get(WARM)).status).toBe(200);
      cable!.cut();
      const seen = await readUntilAway();
      expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(seen.map(({ headers }) => headers["cache-status"]))).toEqual(new Set(["QRCards; hit", "QRCards; hit; detail=stale"]));
      await expectOutage();
      cable!.mend();
      await expectRecovered();
    });

    test("when the database hangs, readers are told so, and none waits for it", async () => {
      expect((await site.get(WARM)).status).toBe(200);
      cable!.freeze();
      await readUntilAway();
      await expectOutage();
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
    /** With what SQLite keeps beside it, which is a part of the database. */
    const moveAll = (from: string, to: string) => {
      for (const part of ["", "-wal", "-shm"]) {
        rmSync(to + part, { force: true });
        if (existsSync(from + part)) renameSync(from + part, to + part);
      }
    };

    test("when the file is gone, readers are told so after the lease, and served again when it is back", async () => {
      expect((await site.get(WARM)).status).toBe(200);
      renameSync(file(), away());
      await readUntilAway();
      await expectOutage();
      renameSync(away(), file());
      await expectRecovered();
    });

    test.each<[string, () => void]>([
      ["another database", () => new DatabaseSync(file()).close()],
      ["nonsense", () => writeFileSync(file(), randomBytes(40_000))],
    ])("%s in its place is not mistaken for it", async (_, putThere) => {
      moveAll(file(), away());
      putThere();
      await readUntilAway();
      await expectOutage();
      moveAll(away(), file());
      await expectRecovered();
    });

    test("while another process writes, readers go on, and an author is told to come again", async () => {
      const writer = new DatabaseSync(file());
      writer.exec("begin immediate; update nodes set title = 'Unfinished' where segment = 'three'");
      try {
        for (const target of [WARM, COLD, "/log/three"]) expect((await site.get(target)).status).toBe(200);
        const refused = await edit();
        expect({ status: refused.status, wait: refused.headers.get("retry-after"), code: refused.body.code }).toEqual({
          status: 503,
          wait: "3",
          code: "busy",
        });
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

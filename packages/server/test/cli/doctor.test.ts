import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { checkNode, checkPublicUrl } from "../../src/cli/doctor/check-environment.ts";
import { parseConfig } from "../../src/config.ts";
import { type Cli, useCli } from "./run-cli.ts";

interface Found {
  readonly name: string;
  readonly verdict: string;
  readonly found: string;
  readonly help?: string;
}

async function examine(
  cli: Cli,
  env: Record<string, string> = {},
): Promise<{ code: number | null; ok: boolean; of: (name: string) => Found }> {
  // Port 0 is always free.
  const { code, json } = await cli.run(["doctor", "--json"], { env: { PORT: "0", ...env } });
  return {
    code,
    ok: json.ok,
    of: (name) => {
      const found = json.checks.find((check: Found) => check.name === name);
      if (found === undefined) throw new Error(`no check named ${name}: ${JSON.stringify(json.checks)}`);
      return found;
    },
  };
}

const databaseOf = (cli: Cli) => join(cli.folder, "data", "qrcards.db");

describe("doctor", () => {
  test("looks at an installation that was never started without making anything", async () => {
    const cli = useCli();
    const { code, ok, of } = await examine(cli);
    expect([code, ok, of("Database").verdict]).toEqual([0, true, "ok"]);
    expect(existsSync(join(cli.folder, "data"))).toBe(false);
  });

  test("finds a sound installation sound", async () => {
    const cli = useCli();
    await cli.json("trips", "create", "Book");
    const { code, of } = await examine(cli, { PUBLIC_URL: "https://cards.example.org" });
    expect(code).toBe(0);
    for (const name of [
      "Node",
      "Settings",
      "Data folder",
      "Database",
      "Schema",
      "Integrity",
      "Journal",
      "Pages",
      "Texts",
      "Trips",
      "Cards",
      "Public address",
      "Port",
    ]) {
      expect(of(name)).toMatchObject({ verdict: "ok" });
    }
  });

  test("says of each thing what to do about it", async () => {
    const { stdout, code } = await useCli().run(["doctor"], { env: { PORT: "0" } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/warn {2}Public address {2}PUBLIC_URL is not set.*\n +Set PUBLIC_URL/);
    expect(stdout).toMatch(/\d+ ok, 1 to look at, 0 broken\n$/);
  });

  test("names cards whose page is gone, and texts that have no HTML yet", async () => {
    const cli = useCli();
    await cli.json("trips", "create", "Book", "--slug", "book");
    await cli.json("trips", "add", "book", "Page");
    const { code: card } = await cli.json("card", "book/page");
    await cli.json("trips", "delete", "book/page");
    const database = new DatabaseSync(databaseOf(cli));
    database.exec("delete from rendered");
    database.close();
    const { code, of } = await examine(cli);
    expect(code).toBe(0);
    expect(of("Cards")).toMatchObject({ verdict: "warn", found: expect.stringContaining(card) });
    expect(of("Pages")).toMatchObject({ verdict: "warn", found: expect.stringContaining("1 text without HTML") });
  });

  test("finds rows that a hand in the database has orphaned", async () => {
    const cli = useCli();
    await cli.json("trips", "create", "Book", "--slug", "book");
    await cli.json("card", "book");
    const database = new DatabaseSync(databaseOf(cli), { enableForeignKeyConstraints: false });
    database.exec("delete from nodes");
    database.close();
    const { code, ok, of } = await examine(cli);
    expect([code, ok]).toEqual([1, false]);
    expect(of("Integrity")).toMatchObject({ verdict: "fail", found: "rows of cards whose row in nodes is missing: 1" });
    expect(of("Trips")).toMatchObject({ verdict: "fail", found: "without their own page: 1" });
  });

  test("finds a damaged file, and one of a newer version", async () => {
    const cli = useCli();
    mkdirSync(join(cli.folder, "data"));
    writeFileSync(databaseOf(cli), "this is no database, whatever its name says".repeat(100));
    const damaged = await examine(cli);
    expect([damaged.code, damaged.of("Database").verdict]).toEqual([1, "fail"]);

    const newer = useCli();
    await newer.json("trips", "list");
    const database = new DatabaseSync(databaseOf(newer));
    database.exec("insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')");
    database.close();
    const { code, of } = await examine(newer);
    expect(code).toBe(1);
    expect(of("Schema")).toMatchObject({ verdict: "fail", found: expect.stringContaining("9999-from-the-future") });
  });

  test("sees a database that an older version has left, and leaves it so", async () => {
    const cli = useCli();
    mkdirSync(join(cli.folder, "data"));
    new DatabaseSync(databaseOf(cli)).close();
    const { code, of } = await examine(cli);
    expect([code, of("Schema").verdict]).toEqual([0, "warn"]);
    const database = new DatabaseSync(databaseOf(cli), { readOnly: true });
    expect(database.prepare("select count(*) as tables from sqlite_master").get()).toMatchObject({ tables: 0 });
    database.close();
  });

  test("finds PostgreSQL that does not answer, without showing the password", async () => {
    const { code, stdout } = await useCli().run(["doctor", "--json"], {
      env: { DATABASE_URL: "postgres://me:secret@127.0.0.1:1/x", PORT: "0" },
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).checks).toContainEqual(expect.objectContaining({ name: "Database", verdict: "fail" }));
    expect(stdout).not.toContain("secret");
  });

  test("sees a port that is taken, and settings that make no sense", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const { code, of } = await examine(useCli(), { PORT: String(port), HOST: "127.0.0.1" });
    taken.close();
    expect([code, of("Port").verdict]).toEqual([0, "warn"]);
    const settings = await examine(useCli(), { PORT: "many" });
    expect([settings.code, settings.of("Settings").verdict]).toEqual([1, "fail"]);
  });
});

describe("the public address", () => {
  test.each([
    ["", "warn"],
    ["http://localhost:3000", "warn"],
    ["https://127.0.0.1", "warn"],
    ["http://192.168.1.20:3000", "warn"],
    ["https://[fd00::1]", "warn"],
    ["https://museum.local", "warn"],
    ["https://intranet", "warn"],
    ["http://cards.example.org", "warn"],
    ["https://cards.example.org", "ok"],
    ["https://8.8.8.8", "ok"],
  ])("%s is %s", (publicUrl, verdict) => {
    expect(checkPublicUrl(parseConfig({ PUBLIC_URL: publicUrl })).verdict).toBe(verdict);
  });
});

test("a Node that is too old is named", () => {
  expect(checkNode("22.1.0")).toMatchObject({ verdict: "fail" });
  expect(checkNode("26.0.0")).toMatchObject({ verdict: "ok" });
});

test("the doctor's oldest Node is the package's", () => {
  const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const oldest = engines.node.replace(/\D/g, "");
  expect([checkNode(`${oldest}.0.0`).verdict, checkNode(`${oldest - 1}.9.0`).verdict]).toEqual(["ok", "fail"]);
});

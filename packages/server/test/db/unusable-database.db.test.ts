import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { transaction, unversionedTransaction } from "../../src/db/database.ts";
import { ERRORS } from "../../src/errors.ts";
import { toProblem } from "../../src/http/problem.ts";
import { createServices } from "../../src/services.ts";
import { contentHash } from "../../src/trips/content-hash.ts";
import { usePostgres, useSqlite } from "../support/databases.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrcards-unusable-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (url: string) => createServices(parseConfig({ DATABASE_URL: url }));

describe("a database that cannot be used is named with what is wrong, when", () => {
  it("the file is none of SQLite's", async () => {
    const file = join(folder, "notes.txt");
    writeFileSync(file, "This is a text, and no database at all. ".repeat(100));
    await expect(start(`sqlite:${file}`)).rejects.toMatchObject({
      code: "database-unusable",
      message: `The database ${file} cannot be used: file is not a database.`,
    });
  });

  it("the file is a folder", async () => {
    mkdirSync(join(folder, "trips.db"));
    await expect(start(`sqlite:${folder}/trips.db`)).rejects.toMatchObject({ code: "database-unusable" });
  });

  it("its folder cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(start(`sqlite:${folder}/file/data/trips.db`)).rejects.toMatchObject({
      code: "database-unusable",
      message: `The folder ${folder}/file/data of the database cannot be made (ENOTDIR).`,
    });
  });

  it.skipIf(process.platform !== "linux")("no folder can be made in that place, and Node would try for ever", async () => {
    await expect(start("sqlite:/proc/none/trips.db")).rejects.toMatchObject({
      code: "database-unusable",
      message: "The folder /proc/none of the database cannot be made (ENOENT).",
    });
  });

  const server = inject("postgresUrl");
  it.skipIf(server === undefined)("PostgreSQL has no such database, or does not know the user", async () => {
    const unknown = new URL(server ?? "");
    unknown.pathname = "/there_is_none";
    await expect(start(unknown.href)).rejects.toMatchObject({
      code: "database-unusable",
      message: expect.stringContaining('database "there_is_none" does not exist'),
    });
    const stranger = new URL(server ?? "");
    stranger.username = "nobody_of_that_name";
    await expect(start(stranger.href)).rejects.toMatchObject({ code: "database-unusable" });
  });

  const makePostgres = usePostgres();
  it.skipIf(server === undefined)("PostgreSQL lets us read, and not say that we serve", async () => {
    const database = await makePostgres();
    await sql`alter database ${sql.ref(new URL(database.url).pathname.slice(1))} set default_transaction_read_only = on`.execute(
      database.db,
    );
    await expect(createServices(parseConfig({ DATABASE_URL: database.url }), { serving: true })).rejects.toMatchObject({
      code: "database-unusable",
      message: `The database ${database.label} cannot be used: cannot execute INSERT in a read-only transaction.`,
    });
  });
});

describe("a full disk", () => {
  const makeDatabase = useSqlite();

  it.each([
    ["an edit", transaction],
    ["what is stored ahead of edits", unversionedTransaction],
  ])("refuses %s, says what to do, and leaves everything as it was", async (_what, write) => {
    const database = await makeDatabase();
    const body = "x".repeat(1_000_000);
    const content = { hash: contentHash(body), body, created_at: 0 };
    const tryIt = () => write(database, (trx) => trx.insertInto("contents").values(content).execute());

    // SQLite's own limit gives the error that a full disk gives.
    await sql`pragma max_page_count = 1`.execute(database.writer);
    const error = await tryIt().catch((error: unknown) => error);
    expect(toProblem(error, "r1")).toMatchObject({ status: 507, body: { code: "storage-full", help: ERRORS["storage-full"].help } });
    expect(await database.db.selectFrom("contents").selectAll().execute()).toEqual([]);

    await sql`pragma max_page_count = 100000`.execute(database.writer);
    await tryIt();
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/db/database.ts";
import { backupDatabase } from "../../../src/db/transfer/backup-database.ts";
import { restoreDatabase } from "../../../src/db/transfer/restore-database.ts";
import { eachDatabase, type TestDatabase } from "../../support/databases.ts";
import { createEditKit } from "../../trips/edit-kit.ts";
import { byHand } from "../change-log.ts";
import { readEverything } from "./read-everything.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrcards-restore-"));
  file = join(folder, "backup.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As somebody would do it with `sqlite3`. */
async function changeBackup(...statements: string[]): Promise<void> {
  const backup = openDatabase({ url: `sqlite:${file}` });
  for (const statement of statements) await byHand(backup, statement);
  await backup.close();
}

eachDatabase((makeDatabase) => {
  async function backedUp(): Promise<TestDatabase> {
    const database = await makeDatabase();
    await (await createEditKit(database)).trip("saved");
    await backupDatabase({ from: database.url, file });
    return database;
  }

  const restore = (to: TestDatabase) => restoreDatabase({ file, to: to.url, leaseMs: 1 });

  test("a restored database has what was backed up, and nothing that came later", async () => {
    const database = await backedUp();
    const wanted = await readEverything(database);
    await (await createEditKit(database)).trip("later");
    await byHand(database, "insert into workers (id, seen_at) values ('w', 1)");
    const { epoch } = await database.db.selectFrom("meta").select("epoch").executeTakeFirstOrThrow();
    await restore(database);
    expect(await readEverything(database)).toEqual(wanted);
    expect(await database.db.selectFrom("meta").select("epoch").executeTakeFirstOrThrow()).not.toEqual({ epoch });
    expect(await database.db.selectFrom("workers").selectAll().execute()).toEqual([]);
  });

  test("a backup of an older version is brought up to date on the way, and stays as it is", async () => {
    const database = await backedUp();
    const wanted = await readEverything(database);
    await changeBackup("drop table audit", "delete from kysely_migration where name = '0002-audit'", "pragma journal_mode = delete");
    const before = readFileSync(file);
    await restore(database);
    expect(await readEverything(database)).toEqual(wanted);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  describe("the database stays as it is", () => {
    test.each([
      [
        "a backup of a newer version",
        "schema-newer",
        () => changeBackup("insert into kysely_migration values ('0099-from-the-future', '2099-01-01')"),
      ],
      ["a database of somebody else", "backup-unusable", () => changeBackup("drop table kysely_migration")],
      ["a text", "backup-unusable", async () => writeFileSync(file, "This is a text, and no database at all. ".repeat(100))],
      ["an empty file", "backup-unusable", async () => writeFileSync(file, "")],
      ["a damaged backup", "backup-unusable", async () => writeFileSync(file, readFileSync(file).fill(0xff, 16_384))],
    ])("after %s", async (_what, code, spoil) => {
      const database = await backedUp();
      await (await createEditKit(database)).trip("later");
      const before = await readEverything(database);
      await spoil();
      await expect(restore(database)).rejects.toMatchObject({ code });
      expect(await readEverything(database)).toEqual(before);
    });

    test("after a no to what would be gone", async () => {
      const database = await backedUp();
      await (await createEditKit(database)).trip("later");
      const before = await readEverything(database);
      const confirm = async (target: unknown) => {
        expect(target).toEqual({ label: database.label, trips: 2 });
        throw new Error("no");
      };
      await expect(restoreDatabase({ file, to: database.url, confirm })).rejects.toThrow("no");
      expect(await readEverything(database)).toEqual(before);
    });
  });
});

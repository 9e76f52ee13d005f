import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../../src/db/database.ts";
import { backupDatabase } from "../../../src/db/transfer/backup-database.ts";
import { eachDatabase } from "../../support/databases.ts";
import { createEditKit } from "../../trips/edit-kit.ts";
import { byHand } from "../change-log.ts";
import { readEverything } from "./read-everything.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qrcards-backup-"));
  file = join(folder, "backup.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function readBackup() {
  const backup = openDatabase({ url: `sqlite:${file}`, readOnly: true });
  try {
    return await readEverything(backup);
  } finally {
    await backup.close();
  }
}

eachDatabase((makeDatabase, kind) => {
  test("a backup is one file with everything in it", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    await kit.rename(await kit.page(await kit.trip("book"), "page"), "renamed");
    const { sizeBytes } = await backupDatabase({ from: database.url, file });
    expect(readdirSync(folder)).toEqual(["backup.db"]);
    expect(readFileSync(file)).toHaveLength(sizeBytes);
    expect(await readBackup()).toEqual(await readEverything(database));
  });

  test("of a database in which edits go on it is one moment", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const trip = await kit.trip("book");
    const page = await kit.page(trip, "page-0");
    // Each edit is of two pages at once, so that a backup with half of one shows.
    const other = await kit.page(trip, "other-0");
    let going = true;
    const edits = (async () => {
      for (let number = 1; going; number += 1) {
        await byHand(database, `update nodes set title = 'Title ${number}' where id in ('${page.id}', '${other.id}')`);
        // SQLite answers at once: without this nobody else would ever have a turn.
        await setImmediate();
      }
    })();
    try {
      for (let round = 0; round < 5; round += 1) {
        await backupDatabase({ from: database.url, file, force: true });
        const { nodes, trips, changes, meta } = await readBackup();
        const titles = nodes!.filter((row) => row.includes("Title ")).map((row) => /Title \d+/.exec(row)![0]);
        expect(new Set(titles).size).toBeLessThanOrEqual(1);
        const head = /\["seq",(\d+)\]/.exec(meta![0]!)![1];
        expect(trips!.some((row) => row.includes(`["version",${head}]`))).toBe(true);
        expect(changes!.some((row) => row.includes(`["seq",${head}]`))).toBe(true);
      }
    } finally {
      going = false;
      await edits;
    }
  });

  test("a file that is there is replaced only if that was said, and only by a whole one", async () => {
    const database = await makeDatabase();
    writeFileSync(file, "mine");
    await expect(backupDatabase({ from: database.url, file })).rejects.toMatchObject({ code: "backup-refused" });
    await byHand(database, "alter table cards rename to cards_away");
    await expect(backupDatabase({ from: database.url, file, force: true })).rejects.toThrow(/cards/);
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(readdirSync(folder)).toEqual(["backup.db"]);
    await byHand(database, "alter table cards_away rename to cards");
    await backupDatabase({ from: database.url, file, force: true });
    expect(await readBackup()).toEqual(await readEverything(database));
  });

  test("what is no file is not replaced, whatever was said", async () => {
    const database = await makeDatabase();
    mkdirSync(file);
    const refused = { code: "backup-refused", message: `"${file}" is no file.` };
    await expect(backupDatabase({ from: database.url, file, force: true })).rejects.toMatchObject(refused);
    expect(readdirSync(folder)).toEqual(["backup.db"]);
  });

  if (kind === "sqlite") {
    test("a database in use is not overwritten, whatever was said", async () => {
      const [database, used] = [await makeDatabase(), await makeDatabase()];
      await createEditKit(used);
      expect(existsSync(`${used.filename}-wal`)).toBe(true);
      await expect(backupDatabase({ from: database.url, file: used.filename!, force: true })).rejects.toMatchObject({
        code: "backup-refused",
      });
      await expect(backupDatabase({ from: used.url, file: used.filename!, force: true })).rejects.toMatchObject({ code: "backup-refused" });
    });
  }
});

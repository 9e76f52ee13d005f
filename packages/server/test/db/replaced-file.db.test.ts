import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { openDatabase } from "../../src/db/database.ts";
import { backupDatabase } from "../../src/db/transfer/backup-database.ts";
import { createServices } from "../../src/services.ts";
import { createTrip, editNode } from "../../src/trips/edits.ts";
import { edit, type Planted, plantTrip, writeBody } from "../delivery/plant-trip.ts";
import { type Answer, eventually, startSite, type TestSite } from "../delivery/test-site.ts";
import { useSqlite } from "../support/databases.ts";
import { byHand } from "./change-log.ts";

/** Polls come every 400 ms; a lease ends after 2 s. */
const WITHIN_MS = 10_000;

const makeDatabase = useSqlite();
let file: string;
let backup: string;
let site: TestSite;
let museum: Planted;

/** A server, with a backup from before its last edits. */
beforeEach(async () => {
  const { url, filename } = await makeDatabase();
  file = filename!;
  backup = `${file}.backup`;
  site = await startSite({ databaseUrl: url });
  museum = await plantTrip(site.services, { title: "Museum", children: [{ title: "Egypt" }] });
  await backupDatabase({ from: url, file: backup });
  await edit(site.services, (trx, at) => editNode(trx, museum.id("Egypt"), { title: "Nile", slug: "nile" }, at));
  expect((await site.get("/museum/nile")).status).toBe(200);
});
afterEach(() => site.close());

/** Without a database what is in memory stands in, and says so. */
const isMarked = ({ headers }: Answer) => headers["cache-control"] === "no-store";

const seen = async (path: string) => (await site.get(path)).status;

test("a backup that is moved over the file of a running server is served, and edited, without a restart", async () => {
  renameSync(backup, file);
  await eventually(
    WITHIN_MS,
    () => seen("/museum/egypt"),
    (status) => status === 200,
  );
  expect(await seen("/museum/nile")).toBe(404);
  await writeBody(site.services, museum.id("Egypt"), "Written into the new file.");
  expect((await site.get("/museum/egypt")).text).toContain("Written into the new file.");
  const other = openDatabase({ url: site.databaseUrl, readOnly: true });
  const rows = await other.db.selectFrom("contents").select("body").execute();
  await other.close();
  expect(rows.map(({ body }) => body)).toContain("Written into the new file.");
  // What the old file had in its log alone is not lost.
  expect(existsSync(`${file}-wal-of-replaced`)).toBe(true);
});

test("who puts the old log aside keeps the others out until it ends, however it ends", async () => {
  const program = fileURLToPath(new URL("lock-process.ts", import.meta.url));
  const lock = spawn(process.execPath, [program, `${file}-replaced`], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void lock.kill("SIGKILL"));
  await once(lock.stdout, "data");
  renameSync(backup, file);
  await eventually(WITHIN_MS, () => site.get("/museum/nile"), isMarked);
  expect(existsSync(`${file}-wal-of-replaced`)).toBe(false);
  lock.kill("SIGKILL");
  await eventually(
    WITHIN_MS,
    () => seen("/museum/egypt"),
    (status) => status === 200,
  );
  expect(existsSync(`${file}-wal-of-replaced`)).toBe(true);
});

test("a file that was moved away is not made anew, and is served again when it is back", async () => {
  renameSync(file, `${file}.away`);
  await eventually(WITHIN_MS, () => site.get("/museum/nile"), isMarked);
  await expect(
    edit(site.services, (trx, at) => createTrip(trx, { title: "Lost", language: "en", contentHash: "x" as never }, at)),
  ).rejects.toMatchObject({
    code: "database-unavailable",
  });
  expect(existsSync(file)).toBe(false);
  renameSync(`${file}.away`, file);
  await eventually(
    WITHIN_MS,
    () => site.get("/museum/nile"),
    (answer) => answer.status === 200 && !isMarked(answer),
  );
});

test("while a file is moved away no other one is begun with its log, nor by who takes a worker's place at all", async () => {
  renameSync(file, `${file}.away`);
  expect(() => openDatabase({ url: site.databaseUrl })).toThrow(`${file}-wal`);
  const successor = createServices(parseConfig({ DATABASE_URL: site.databaseUrl }), { serving: true, makesDatabase: false });
  await expect(successor).rejects.toMatchObject({ code: "database-unavailable" });
  expect(existsSync(file)).toBe(false);
});

test("a copy of the same moment in its place is another file too: nothing is answered from the old one", async () => {
  rmSync(backup);
  await backupDatabase({ from: site.databaseUrl, file: backup });
  const changed = openDatabase({ url: `sqlite:${backup}` });
  await byHand(changed, `update nodes set title = 'By hand' where id = '${museum.id("Egypt")}'`);
  await changed.close();
  copyFileSync(backup, `${backup}.copy`);
  renameSync(`${backup}.copy`, file);
  await eventually(
    WITHIN_MS,
    async () => (await site.get("/museum/nile")).text,
    (text) => text.includes("By hand"),
  );
});

test("an edit that began in a file that is replaced before its end is refused", async () => {
  const lost = edit(site.services, async (trx, at) => {
    const node = await editNode(trx, museum.id("Egypt"), { title: "Lost" }, at);
    renameSync(backup, file);
    return node;
  });
  await expect(lost).rejects.toMatchObject({ code: "database-unavailable" });
});

test("a file of an older schema is refused, until there is one of ours again", async () => {
  copyFileSync(backup, `${backup}.good`);
  const older = openDatabase({ url: `sqlite:${backup}` });
  await byHand(older, "delete from kysely_migration where name = '0002-audit'");
  await older.close();
  renameSync(backup, file);
  await eventually(WITHIN_MS, () => site.get("/museum/nile"), isMarked);
  await expect(writeBody(site.services, museum.id("Egypt"), "Into the wrong file.")).rejects.toMatchObject({ code: "schema-older" });
  renameSync(`${backup}.good`, file);
  await eventually(
    WITHIN_MS,
    () => seen("/museum/egypt"),
    (status) => status === 200,
  );
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { useSqlite } from "../support/databases.ts";
import { createEditKit } from "../trips/edit-kit.ts";

const makeDatabase = useSqlite();

test("while another process holds the write lock the event loop goes on, readers read, and the edit succeeds afterwards", async () => {
  const database = await makeDatabase({ busyLimitMs: 60_000 });
  const kit = await createEditKit(database);
  const root = await kit.trip("t");
  const release = await lockFromOutside(database.filename!);
  let done = false;
  const edit = kit.page(root, "page").finally(() => {
    done = true;
  });
  // A loop that waited for the lock would come to its next turn only after the edit.
  for (let turn = 0; turn < 200; turn += 1) await setImmediate();
  expect(done).toBe(false);
  expect((await kit.snapshot(root.tripId)).size).toBe(1);
  expect(done).toBe(false);
  await release();
  await edit;
  expect((await kit.snapshot(root.tripId)).size).toBe(2);
});

test("a single statement waits for another process too", async () => {
  const database = await makeDatabase({ busyLimitMs: 60_000 });
  const release = await lockFromOutside(database.filename!);
  const statement = database.db.insertInto("workers").values({ id: "w", seen_at: 1, removed_at: null }).execute();
  expect(await Promise.race([statement.then(() => "done"), setImmediate("waiting")])).toBe("waiting");
  await release();
  await statement;
  expect(await database.db.selectFrom("workers").select("id").execute()).toEqual([{ id: "w" }]);
});

test("an edit is refused as busy when another process keeps the lock beyond the limit, and the next one is not", async () => {
  const database = await makeDatabase({ busyLimitMs: 50 });
  const kit = await createEditKit(database);
  const root = await kit.trip("t");
  const release = await lockFromOutside(database.filename!);
  await expect(kit.page(root, "page")).rejects.toMatchObject({ code: "busy", status: 503 });
  await release();
  await kit.page(root, "page");
  expect((await kit.snapshot(root.tripId)).size).toBe(2);
});

async function lockFromOutside(filename: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("lock-process.ts", import.meta.url)), filename], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return async () => {
    child.stdin.end();
    await once(child, "exit");
  };
}

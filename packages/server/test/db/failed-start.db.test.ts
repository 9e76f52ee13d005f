import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { createServices } from "../../src/services.ts";
import { eventually } from "../delivery/test-site.ts";
import { eachDatabase, type TestDatabase } from "../support/databases.ts";
import { byHand } from "./change-log.ts";

test("services whose database does not answer say which one", async () => {
  const started = createServices(parseConfig({ DATABASE_URL: "postgres://user:secret@127.0.0.1:1/cards" }));
  await expect(started).rejects.toMatchObject({
    code: "database-unavailable",
    message: "The database postgres://127.0.0.1:1/cards does not answer.",
  });
});

eachDatabase((makeDatabase, kind) => {
  test("services that cannot start leave nothing open", async () => {
    const database = await makeDatabase();
    await byHand(database, "delete from meta");
    await expect(createServices(parseConfig({ DATABASE_URL: database.url }))).rejects.toMatchObject({ code: "authority-unavailable" });
    if (kind === "postgres")
      await eventually(
        5_000,
        () => countOthers(database),
        (others) => others === 0,
      );
    else await expectAlone(database);
  });
});

async function countOthers({ db }: TestDatabase): Promise<number> {
  const { rows } = await sql<{ others: number }>`
    select count(*) as others from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(db);
  return rows[0]!.others;
}

/** Another journal mode is granted only to who has the file alone. */
async function expectAlone(database: TestDatabase): Promise<void> {
  await database.close();
  const alone = new DatabaseSync(database.filename!);
  try {
    expect(alone.prepare("pragma journal_mode = delete").get()).toEqual({ journal_mode: "delete" });
  } finally {
    alone.close();
  }
}

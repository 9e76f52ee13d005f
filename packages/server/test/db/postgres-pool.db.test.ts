import { expect, inject, test } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { createPostgresPool } from "../../src/db/postgres-pool.ts";

const server = inject("postgresUrl");

test.skipIf(server === undefined)("a connection that stays silent beyond the limit is given up, and another takes its place", async () => {
  const pool = createPostgresPool(server!, { most: 1, waitLimitMs: 5_000, silenceLimitMs: 200 });
  await expect(pool.query("select pg_sleep(30)")).rejects.toThrow("terminated");
  expect((await pool.query("select 9007199254740991::bigint as big")).rows).toEqual([{ big: Number.MAX_SAFE_INTEGER }]);
  await pool.end();
});

test.skipIf(server === undefined)(
  "a connection that breaks between two statements of a transaction fails the second, and nothing else",
  async () => {
    const pool = createPostgresPool(server!, { most: 2, waitLimitMs: 5_000 });
    const client = await pool.connect();
    await client.query("begin");
    const { rows } = await client.query("select pg_backend_pid() as pid");
    const broken = new Promise<void>((resolve) => client.once("end", resolve));
    await pool.query("select pg_terminate_backend($1)", [rows[0].pid]);
    await broken;
    await expect(client.query("commit")).rejects.toThrow("not queryable");
    client.release(true);
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await pool.end();
  },
);

test("what is said of a database holds no user, no password and no parameters", async () => {
  for (const url of [
    "postgres://user:p%40ss@db.example:5433/cards?password=secret",
    "postgresql://user:pa@ss@db.example:5433/cards",
    "postgres://db.example:5433/cards",
  ]) {
    const database = openDatabase({ url });
    expect(database.label).toMatch(/^postgres(ql)?:\/\/db\.example:5433\/cards$/);
    await database.close();
  }
  expect(() => openDatabase({ url: "mysql://user:secret@db.example/cards" })).toThrow('DATABASE_URL is "mysql://db.example/cards"');
});

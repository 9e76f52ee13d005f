import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sql } from "kysely";
import { beforeAll, expect, test } from "vitest";
import type { CopyReport } from "../../../src/db/transfer/copy-database.ts";
import { contentHash } from "../../../src/trips/content-hash.ts";
import { eachDatabase, type TestDatabase, useSqlite } from "../../support/databases.ts";
import { createEditKit } from "../../trips/edit-kit.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const PAGES = 38_000;
const RENAMED = 5_000;
const IMAGES = 160;
const IMAGE_BYTES = 4 * 2 ** 20;
/** A Node with our modules takes some 100 MiB; some images are in memory until Node tidies up. */
const MOST_MEMORY_BYTES = 512 * 2 ** 20;

eachDatabase((makeDatabase, kind) => {
  const makeSqlite = useSqlite();
  let source: TestDatabase;

  beforeAll(async () => {
    source = await makeSqlite();
    const trip = await (await createEditKit(source)).trip("large");
    // Below each other as in a heap, so that it is neither flat nor a chain.
    const text = sql`printf('%027d', n)`;
    const id = (number: ReturnType<typeof sql>) => sql`printf('%012d', ${number})`;
    const numbers = sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${PAGES})`;
    await sql`${numbers} insert into contents (hash, body, created_at) select ${text}, 'Text ' || hex(randomblob(700)), n from numbers`.execute(
      source.db,
    );
    await sql`
      ${numbers} insert into nodes (id, trip_id, parent_id, segment, slug_explicit, position, title, content_hash, state, created_at, updated_at)
      select ${id(sql`n`)}, ${trip.tripId}, case when n < 8 then ${trip.id} else ${id(sql`n / 8`)} end, 'page-' || n, 0, n, 'Page ' || n, ${text}, 'public', n, n from numbers`.execute(
      source.db,
    );
    await sql`update nodes set segment = 'renamed-' || position where position between 1 and ${RENAMED}`.execute(source.db);
    for (let number = 0; number < IMAGES; number += 1) {
      const bytes = randomBytes(IMAGE_BYTES);
      const image = { media_type: "image/png", bytes, size_bytes: bytes.length, width: 1, height: 1, created_at: number };
      await source.db
        .insertInto("assets")
        .values({ ...image, hash: contentHash(bytes) })
        .execute();
    }
  }, 120_000);

  test(`a trip of ${PAGES} pages and ${(IMAGES * IMAGE_BYTES) / 2 ** 20} MiB of images go to ${kind} and over what is there, in little memory`, async () => {
    const target = await makeDatabase();
    const copy = (...more: string[]) => copyMeasured(["--from", source.url, "--to", target.url, ...more]);
    for (const copied of [await copy(), await copy("--replace")]) {
      console.log(`copy to ${kind}: ${copied.ms} ms, ${Math.round(copied.memoryBytes / 2 ** 20)} MiB`);
      expect(copied.report.tables.find(({ table }) => table === "nodes")?.rows).toBe(PAGES + 1);
      expect(copied.report.tables.find(({ table }) => table === "names")?.rows).toBe(RENAMED);
      expect(copied.memoryBytes).toBeLessThan(MOST_MEMORY_BYTES);
    }
  });
});

/** `qrcards copy` as a process of its own, which says at its end how much memory it had at most. */
async function copyMeasured(
  args: readonly string[],
): Promise<{ readonly report: CopyReport; readonly ms: number; readonly memoryBytes: number }> {
  const report = 'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS))';
  const startedAt = performance.now();
  const running = promisify(execFile)(process.execPath, [
    "--conditions=qrcards-source",
    "--import",
    `data:text/javascript,${encodeURIComponent(report)}`,
    MAIN,
    "copy",
    "--json",
    ...args,
  ]);
  const { stdout, stderr } = await running.catch((error: { readonly stdout: string }) => expect.fail(error.stdout));
  return {
    report: JSON.parse(stdout) as CopyReport,
    ms: Math.round(performance.now() - startedAt),
    memoryBytes: Number(/peak (\d+)/.exec(stderr)![1]) * 1024,
  };
}

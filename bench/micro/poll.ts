/**
 * What it costs a worker to watch for changes: one poll, when nothing has changed.
 *
 *     npm run bench -- micro/poll
 *
 * Method: CPU time of this process per poll, as a registered worker makes it; a worker makes 2.5 a second. PostgreSQL's own
 * part is another process's and not counted.
 *
 * Expected: < 0.1 % of a core for each worker.
 */
import { createDatabaseAuthority } from "../../packages/server/src/freshness/database-authority.ts";
import { WorkerRegistry } from "../../packages/server/src/freshness/registry.ts";
import { measureCpu, scale } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";
import { withEachDatabase } from "../harness/workspace.ts";

const POLLS_A_SECOND = 2.5;
const POLLS = 500;

const lines: Line[] = [];
await withEachDatabase(async ({ name, services }) => {
  const registry = new WorkerRegistry(services.database);
  const authority = createDatabaseAuthority(services.database, registry);
  let last = await authority.poll(undefined);
  async function run(): Promise<number> {
    for (let count = 0; count < POLLS; count++) {
      const answer = await authority.poll(last);
      if (answer.seq !== last.seq) throw new Error("Nothing had changed.");
      last = answer;
    }
    return POLLS;
  }
  const figure = (await measureCpu([{ name, run }])).get(name)!;
  await registry.leave();
  await authority.close();
  lines.push(
    { what: `${name}: a poll`, figure, unit: "us CPU" },
    { what: `${name}: all polls of a worker`, figure: scale(figure, (POLLS_A_SECOND / 1e6) * 100), unit: "% of a core", most: 0.1 },
  );
});
report("micro/poll", lines);

/**
 * Renaming and moving a chapter with 10,000 pages below it.
 *
 *     npm run bench -- micro/rename
 *
 * Method: time on the clock of one edit through the service (transaction, commit and the poll that makes it visible in
 * this process), medians of rounds, on SQLite and, where it is installed, PostgreSQL. After each edit an old address of the
 * last page below must lead to it by one redirect, and exactly one row of history must have come.
 *
 * Expected: < 50 ms. (Measured on the same page tree elsewhere: Wagtail 14.9 s, Payload 16.0 s, both with some 1,000 pages.)
 */
import { resolve } from "../../packages/server/src/paths/resolve.ts";
import { applyPlan } from "../../packages/server/src/trips/apply-plan.ts";
import { editNode, moveNode } from "../../packages/server/src/trips/edits.ts";
import { generatePlan } from "../generate-trip.ts";
import { type Figure, figureOf } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";
import { withEachDatabase } from "../harness/workspace.ts";

const ROUNDS = 15;
const PAGES_BELOW = 10_000;

const lines: Line[] = [];
await withEachDatabase(async ({ name, services }) => {
  const { trips, database } = services;
  // The front page, the chapter with all its pages, and a chapter to move it below.
  const plan = generatePlan({ pages: PAGES_BELOW + 3, siblings: PAGES_BELOW }, "handbook");
  const { tripId } = await applyPlan(trips, plan);
  const { snapshot } = (await trips.snapshot(tripId!))!;
  const chapter = snapshot.id(1);
  const other = snapshot.id(snapshot.size - 1);
  const last = snapshot.id(PAGES_BELOW + 1);
  const segmentOfLast = snapshot.segment(PAGES_BELOW + 1);
  const countNames = async () =>
    Number(
      (await database.db
        .selectFrom("names")
        .select((row) => row.fn.countAll().as("count"))
        .executeTakeFirst())!.count,
    );

  const measure = async (edit: (round: number) => Promise<unknown>): Promise<Figure> => {
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = (await trips.snapshot(tripId!))!.snapshot;
      const old = before.path(before.findById(last)).slice(1);
      const names = await countNames();
      const began = performance.now();
      await edit(round);
      took.push(performance.now() - began);
      const after = (await trips.snapshot(tripId!))!.snapshot;
      const found = resolve(after, old);
      if (found.kind !== "found" || found.current || after.id(found.node) !== last) throw new Error(`/${old.join("/")} is lost.`);
      if ((await countNames()) !== names + 1) throw new Error("An edit must write one row of history.");
      if (after.segment(found.node) !== segmentOfLast) throw new Error("A page below was renamed.");
    }
    return figureOf(took);
  };
  lines.push(
    {
      what: `${name}, rename`,
      figure: await measure((round) =>
        trips.edit(
          (trx, at) => editNode(trx, chapter, { slug: `chapter-${round}` }, at),
          () => tripId!,
        ),
      ),
      unit: "ms",
      most: 50,
    },
    {
      what: `${name}, move`,
      figure: await measure((round) =>
        trips.edit(
          (trx, at) => moveNode(trx, chapter, { parentId: round % 2 === 0 ? other : snapshot.id(0) }, at),
          () => tripId!,
        ),
      ),
      unit: "ms",
      most: 50,
    },
  );
});
report("micro/rename", lines);

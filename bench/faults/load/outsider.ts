import { setTimeout as pass } from "node:timers/promises";
import { Random } from "../../../packages/cache/src/testing/random.ts";
import type { Site } from "../setups/site.ts";
import { markTitle } from "../site/marks.ts";
import { pathOf } from "../site/trip-model.ts";
import { pick } from "./readers.ts";

export interface OutsiderOptions {
  readonly site: Site;
  readonly seed: number;
  readonly pauseMs: number;
  readonly stop: AbortSignal;
}

/**
 * Gives chapters new titles by SQL, behind the servers' backs: nobody acknowledges that, and after L everybody must see it.
 * A commit that fails is looked up, as one that nobody heard of may have been made.
 */
export async function editOutside({ site, seed, pauseMs, stop }: OutsiderOptions): Promise<void> {
  const random = new Random(seed);
  const { recorder, database, planted, spotlight } = site;
  while (!stop.aborted) {
    const model = pick(planted.models, random);
    const chapter = pick(model.chapters, random);
    const id = recorder.nextEdit();
    const mark = markTitle(chapter.name, id);
    let position: number | undefined;
    const start = recorder.now();
    spotlight.show([pathOf(chapter)]);
    try {
      await database.transaction(async (query) => {
        await query("update nodes set title = ? where id = ?", mark, chapter.id);
        if (database.settle !== undefined) await query(database.settle);
        const [trip] = await query("select version from trips where id = (select trip_id from nodes where id = ?)", chapter.id);
        position = Number(trip!.version);
      });
    } catch {
      const [node] = await database.query("select title from nodes where id = ?", chapter.id);
      if (node!.title !== mark) position = undefined;
    }
    const known = { id, operation: "title", by: "sql", trip: model.name, acknowledged: false, machine: "none" } as const;
    recorder.edit({
      ...known,
      sets: { [`title:${chapter.name}`]: `t${id}` },
      start,
      end: recorder.now(),
      ...(position && { answeredPosition: position }),
    });
    await pass(pauseMs * (0.5 + random.next()));
  }
}

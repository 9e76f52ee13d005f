import { RENDERER } from "../../pages/renderer.ts";
import { storeAssetBytes } from "../asset-service.ts";
import { inChunks } from "../chunks.ts";
import { type PreparedBody, storeBodies, type TripService } from "../service.ts";
import type { PlannedNode } from "../types.ts";
import type { Sync } from "./plan-sync.ts";

/** Texts that are rendered at once: enough to keep any number of threads busy, and few in memory however many there are. */
const MOST_UNDER_WAY = 64;
/** Texts stored by one transaction: others can edit in between. */
const BATCH = 100;

/**
 * Renders and stores what the import's pages are going to point to, before its transaction begins: that one is short
 * then, and holds up nobody. Until it commits, no page points to any of this.
 */
export async function storeContents(
  service: TripService,
  { texts, textOf, aliases, assets }: Sync,
  onRendered: (done: number, total: number) => void,
): Promise<void> {
  const missing = await findUnrendered(service, texts);
  const waiting: PreparedBody[] = [];
  let done = 0;
  onRendered(0, missing.length);
  const store = () => {
    const some = waiting.splice(0);
    done += some.length;
    onRendered(done, missing.length);
    return service.storeAhead((trx, at) => storeBodies(trx, some, at));
  };
  const queue = each(missing);
  const work = async () => {
    for (const planned of queue) {
      waiting.push(await service.prepareBody(textOf(planned)));
      if (waiting.length >= BATCH) await store();
    }
  };
  await Promise.all(Array.from({ length: MOST_UNDER_WAY }, work));
  await store();
  if (aliases.placeholders.length > 0) {
    const empty = await service.prepareBody("");
    await service.storeAhead((trx, at) => storeBodies(trx, [empty], at));
  }
  for (const asset of assets) await service.storeAhead((trx, at) => storeAssetBytes(trx, asset, at));
}

async function findUnrendered({ database }: TripService, texts: Sync["texts"]): Promise<PlannedNode[]> {
  const known = await inChunks([...texts.keys()], (some) =>
    database.db.selectFrom("rendered").select("content_hash").where("renderer", "=", RENDERER).where("content_hash", "in", some).execute(),
  );
  const rendered = new Set(known.map((row) => row.content_hash));
  return [...texts].flatMap(([hash, planned]) => (rendered.has(hash) ? [] : planned));
}

/** One list for all who take from it. A loop that ends by an error ends it for the others too. */
function* each<T>(items: readonly T[]): Generator<T> {
  yield* items;
}

import type { Transaction } from "kysely";
import type { Schema } from "../../src/db/schema.ts";
import type { Services } from "../../src/services.ts";
import { createNode, createTrip, editNode } from "../../src/trips/edits.ts";
import { type PreparedBody, storeBody } from "../../src/trips/service.ts";
import type { Direction, NodeId, NodeState, TripId, TripNode } from "../../src/trips/types.ts";

/** The smallest image there is, as a PNG file. */
export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

/** A page to be made, and those below it. */
export interface Plan {
  readonly title: string;
  /** Default: made from the title. */
  readonly slug?: string;
  /** Default: one sentence with the title. */
  readonly body?: string;
  readonly state?: NodeState;
  readonly language?: string;
  readonly direction?: Direction;
  readonly children?: readonly Plan[];
}

export interface Planted {
  readonly tripId: TripId;
  /** The id of the page with that title. */
  id(title: string): NodeId;
}

/** Makes a trip through the service, as one edit. */
export async function plantTrip(services: Services, plan: Plan): Promise<Planted> {
  const ids = new Map<string, NodeId>();
  const bodies = new Map<Plan, PreparedBody>();
  const all = (page: Plan): Plan[] => [page, ...(page.children ?? []).flatMap(all)];
  for (const page of all(plan)) bodies.set(page, await services.trips.prepareBody(page.body ?? `A page about ${page.title}.`));

  const plantBelow = async (trx: Transaction<Schema>, parentId: NodeId, pages: readonly Plan[], at: number) => {
    for (const page of pages) {
      const contentHash = await storeBody(trx, bodies.get(page)!, at);
      const { id } = await createNode(trx, { ...page, contentHash, parentId }, at);
      ids.set(page.title, id);
      await plantBelow(trx, id, page.children ?? [], at);
    }
  };
  const root = await edit(services, async (trx, at) => {
    const contentHash = await storeBody(trx, bodies.get(plan)!, at);
    const trip = await createTrip(trx, { language: "en", ...plan, contentHash }, at);
    ids.set(plan.title, trip.id);
    await plantBelow(trx, trip.id, plan.children ?? [], at);
    return trip;
  });
  return {
    tripId: root.tripId,
    id: (title) => {
      const id = ids.get(title);
      if (id === undefined) throw new Error(`No page "${title}" was planted.`);
      return id;
    },
  };
}

/** One edit of one page, through the service. */
export async function edit(services: Services, change: (trx: Transaction<Schema>, at: number) => Promise<TripNode>): Promise<TripNode> {
  const { result } = await services.trips.edit(change, ({ tripId }) => tripId);
  return result;
}

/** Gives a page another text. */
export async function writeBody(services: Services, id: NodeId, text: string): Promise<void> {
  const prepared = await services.trips.prepareBody(text);
  await edit(services, async (trx, at) => editNode(trx, id, { contentHash: await storeBody(trx, prepared, at) }, at));
}

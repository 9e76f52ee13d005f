import { createToken } from "../../../packages/server/src/admin/tokens.ts";
import { mintCard } from "../../../packages/server/src/cards/card-service.ts";
import { createNode, createTrip } from "../../../packages/server/src/trips/edits.ts";
import { storeBody } from "../../../packages/server/src/trips/service.ts";
import { openServices } from "../../harness/workspace.ts";
import type { Registers } from "../history/records.ts";
import { listOf, markText, markTitle } from "./marks.ts";
import { type Page, pathOf, TripModel } from "./trip-model.ts";

const TRIPS = ["atlas", "basel", "cusco"];
const CHAPTERS = 3;
const LEAVES_A_CHAPTER = 4;

export interface PlantedSite {
  readonly models: readonly TripModel[];
  /** What opens the API. */
  readonly token: string;
  readonly registers: Registers;
  readonly trips: Registers;
}

/** Fills an empty database through the product's own services, with no server there. All marks are of edit 0. */
export async function plantSite(databaseUrl: string): Promise<PlantedSite> {
  const services = await openServices(databaseUrl);
  try {
    const { text: token } = await createToken(services.database.db, {
      name: "faults",
      scopes: ["read", "edit", "publish", "operate"],
      expiresInMs: null,
    });
    const models: TripModel[] = [];
    for (const name of TRIPS) {
      const bodies = new Map<string, Awaited<ReturnType<typeof services.trips.prepareBody>>>();
      for (let index = 0; index <= CHAPTERS * (1 + LEAVES_A_CHAPTER); index += 1)
        bodies.set(`${name}${index}`, await services.trips.prepareBody(markText(`${name}${index}`, 0)));
      const { result } = await services.trips.edit(
        async (trx, at) => {
          let last = 0;
          const make = async (parent: Page | undefined): Promise<Page> => {
            const own = `${name}${last++}`;
            const slug = parent === undefined ? name : own;
            const contentHash = await storeBody(trx, bodies.get(own)!, at);
            const facts = { title: markTitle(own, 0), slug, contentHash };
            const node =
              parent === undefined
                ? await createTrip(trx, { ...facts, language: "en" }, at)
                : await createNode(trx, { ...facts, parentId: parent.id }, at);
            const { code: card } = await mintCard(trx, node.id, at);
            return { name: own, id: node.id, card, parent, slug, alive: true, revision: 1, formerPaths: new Set() };
          };
          const root = await make(undefined);
          const chapters: Page[] = [];
          for (let chapter = 0; chapter < CHAPTERS; chapter += 1) chapters.push(await make(root));
          const leaves: Page[] = [];
          for (const chapter of chapters) for (let leaf = 0; leaf < LEAVES_A_CHAPTER; leaf += 1) leaves.push(await make(chapter));
          const { tripId } = await trx.selectFrom("nodes").select("trip_id as tripId").where("id", "=", root.id).executeTakeFirstOrThrow();
          return { model: new TripModel(name, root, chapters, leaves), tripId };
        },
        ({ tripId }) => tripId,
      );
      models.push(result.model);
    }
    return { models, token, ...describe(models) };
  } finally {
    await services.close();
  }
}

function describe(models: readonly TripModel[]): { registers: Registers; trips: Registers } {
  const entries = models.flatMap((model) =>
    model.pages.flatMap((page): [register: string, value: string, trip: string][] => [
      [`at:${pathOf(page)}`, page.name, model.name],
      [`card:${page.card}`, `to:${pathOf(page)}`, model.name],
      [`title:${page.name}`, "t0", model.name],
      [`text:${page.name}`, "x0", model.name],
      [`children:${page.name}`, listOf(model.childrenOf(page).map(({ name }) => name)), model.name],
    ]),
  );
  return {
    registers: Object.fromEntries(entries.map(([register, value]) => [register, value])),
    trips: Object.fromEntries(entries.map(([register, , trip]) => [register, trip])),
  };
}

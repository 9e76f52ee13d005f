import { expect, test } from "vitest";
import { copyDatabase } from "../../src/db/transfer/copy-database.ts";
import { deleteNode, editNode, moveNode } from "../../src/trips/edits.ts";
import { eachDatabase, useSqlite } from "../support/databases.ts";
import { edit, PIXEL, plantTrip, writeBody } from "./plant-trip.ts";
import { type Answer, startSite } from "./test-site.ts";

/** What says when or by whom an answer was made. */
const OF_THE_MOMENT = ["date", "connection", "keep-alive", "cache-status", "server-timing"];

const VIEWS = ["", ".md", ".json", ".qr.svg"];

eachDatabase((makeDatabase, kind) => {
  const makeSqlite = useSqlite();

  test(`pages, cards, former addresses and graves answer from a copy in ${kind} as from the original, to the byte`, async () => {
    const before = await startSite({ databaseUrl: (await makeSqlite({ migrated: false })).url });
    const { services } = before;
    const museum = await plantTrip(services, {
      title: "Museum",
      children: [
        {
          title: "Egypt",
          body: "# Kings\n\nSee *all* of [them](node:000000000000).",
          children: [{ title: "Mummies" }, { title: "مومياء", direction: "rtl", language: "ar" }],
        },
        { title: "Rome" },
        { title: "Closed" },
        { title: "Draft", state: "draft" },
      ],
    });
    const image = await services.assets.add(museum.tripId, "pixel.png", PIXEL);
    await writeBody(services, museum.id("Rome"), `![a pixel](asset:${image.hash}/pixel.png)`);
    const cards = await Promise.all(["Egypt", "Mummies", "Closed"].map((title) => services.cards.cardOf(museum.id(title))));
    await edit(services, (trx, at) => editNode(trx, museum.id("Egypt"), { slug: "nile" }, at));
    await edit(services, (trx, at) => moveNode(trx, museum.id("Mummies"), { parentId: museum.id("Rome"), placement: "first" }, at));
    await edit(services, (trx, at) => deleteNode(trx, museum.id("Closed"), { successorId: null }, at));
    await edit(services, (trx, at) => editNode(trx, museum.id("Museum"), { slug: "house" }, at));

    const targets = [
      ...["/house", "/house/nile", "/house/rome/mummies", "/house/rome", "/house/closed"].flatMap((path) =>
        VIEWS.map((view) => path + view),
      ),
      ...["/museum", "/museum/egypt/mummies?a=1", "/house/egypt", "/House/ROME", "/house/draft", "/house/nobody", "/nothing"],
      ...cards.flatMap(({ code }) => [`/c/${code}+`, `/c/${code}`]),
      ...["/", "/sitemap.xml", `/-/sitemap/${museum.tripId}.xml`, "/robots.txt", `/assets/${image.hash}/pixel.png`],
    ];
    const wanted = await readAll(before.get, targets);
    await before.close();

    const copy = await makeDatabase({ migrated: false });
    await copyDatabase({ from: before.databaseUrl, to: copy.url });
    const after = await startSite({ databaseUrl: copy.url });
    try {
      expect(new Set(wanted.map(({ status }) => status))).toEqual(new Set([200, 302, 308, 404, 410]));
      expect(await readAll(after.get, targets)).toEqual(wanted);
    } finally {
      await after.close();
    }
  });
});

async function readAll(get: (target: string) => Promise<Answer>, targets: readonly string[]) {
  const answers = [];
  for (const target of targets) {
    const { status, headers, body } = await get(target);
    const kept = Object.entries(headers).filter(([name]) => !OF_THE_MOMENT.includes(name));
    answers.push({ target, status, headers: Object.fromEntries(kept), body: body.toString("latin1") });
  }
  return answers;
}

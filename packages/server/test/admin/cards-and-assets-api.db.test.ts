import { afterAll, beforeAll, expect, test } from "vitest";
import { contentHash } from "../../src/trips/content-hash.ts";
import { eachDatabase } from "../support/databases.ts";
import { PNG, problemOf, startApi, type TestApi } from "./api-server.ts";

eachDatabase((makeDatabase) => {
  let api: TestApi;
  let tripId: number;
  let nodeId: string;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
  });
  afterAll(() => api.close());

  async function makePage() {
    const { trip } = await api.client.createTrip({ body: { title: "Trip" } });
    tripId = trip.id;
    nodeId = (await api.client.createNode({ body: { parentId: trip.rootId, title: "Page" } })).node.id;
  }

  test("each minted card is a new code for the page, with its scans counted", async () => {
    await makePage();
    const params = { nodeId };
    expect((await api.client.listNodeCards({ params })).cards).toEqual([]);
    const { card, links, version } = await api.client.mintCard({ params });
    expect(card).toMatchObject({ nodeId, scans: 0, url: `HTTPS://CARDS.EXAMPLE.ORG/C/${card.code}` });
    expect(links).toEqual({ self: `/c/${card.code}`, node: `/api/nodes/${nodeId}`, trip: `/api/trips/${tripId}` });
    const second = await api.client.mintCard({ params });
    expect(second.card.code).not.toBe(card.code);
    // A card is no part of what readers see of a trip.
    expect(second.version).toBe(version);

    api.services.cards.countScan(card.code);
    await api.services.cards.close();
    const { cards } = await api.client.listNodeCards({ params });
    expect(cards).toEqual([{ ...card, scans: 1 }, second.card]);
    expect((await api.client.listTripCards({ params: { tripId } })).cards).toEqual(cards);
  });

  test("no card is minted for a deleted page", async () => {
    await makePage();
    await api.client.deleteNode({ params: { nodeId } });
    expect(await problemOf(api.client.mintCard({ params: { nodeId } }))).toMatchObject({ status: 410, code: "gone" });
  });

  test("an uploaded image is stored once, and says how a page shows it", async () => {
    await makePage();
    const upload = (filename: string) =>
      api.client.uploadAsset({ params: { tripId }, query: { filename }, body: PNG }, { contentType: "image/png" });
    const { asset, links } = await upload("../my holiday.png");
    const hash = contentHash(PNG);
    expect(asset).toEqual({
      hash,
      filename: "my-holiday.png",
      mediaType: "image/png",
      sizeBytes: PNG.length,
      width: 1,
      height: 1,
      href: `/assets/${hash}/my-holiday.png`,
      markdown: `![](asset:${hash}/my-holiday.png?w=1&h=1)`,
    });
    expect(links).toEqual({ self: asset.href, trip: `/api/trips/${tripId}` });
    expect((await upload("my holiday.png")).asset).toEqual(asset);
    expect((await api.client.listAssets({ params: { tripId } })).assets).toEqual([asset]);
  });

  test("the bytes decide what an image is, not its name or type", async () => {
    await makePage();
    const path = `/api/trips/${tripId}/assets?filename=a.gif`;
    const typed = await api.send("POST", path, PNG, { "content-type": "image/gif" });
    expect(await typed.json()).toMatchObject({ asset: { mediaType: "image/png" } });
    const text = await api.send("POST", path, Buffer.from("GIF? no."), { "content-type": "image/gif" });
    expect([text.status, await text.json()]).toMatchObject([422, { code: "asset-refused" }]);
    const empty = await api.send("POST", path, new Uint8Array(), { "content-type": "image/gif" });
    expect([empty.status, await empty.json()]).toMatchObject([422, { code: "asset-refused" }]);
  });

  test("whatever a file is called, its image has an address", async () => {
    await makePage();
    const upload = async (filename: string) =>
      (await api.client.uploadAsset({ params: { tripId }, query: { filename }, body: PNG })).asset.filename;
    expect(await upload(`${"\u{1D49C}".repeat(100)}.png`)).toBe(`${"\u{1D49C}".repeat(76)}.png`);
    expect(await upload("..\\..\\.htaccess")).toBe("htaccess");
    expect(await upload("\u202egnp.exe")).toBe("gnp.exe");
    expect(await upload("💩")).toBe("file");
    expect(await problemOf(upload("a\0.png"))).toMatchObject({ status: 422, fields: [{ in: "query", path: "/filename" }] });
  });

  test("an upload of another form is refused", async () => {
    await makePage();
    const path = `/api/trips/${tripId}/assets?filename=a.png`;
    for (const type of ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain"]) {
      const response = await api.send("POST", path, PNG, { "content-type": type });
      expect([type, response.status, await response.json()]).toMatchObject([type, 415, { code: "unsupported-media-type" }]);
    }
    const nothing = await api.send("POST", path);
    expect([nothing.status, await nothing.json()]).toMatchObject([415, { code: "unsupported-media-type" }]);
    const nameless = await api.send("POST", `/api/trips/${tripId}/assets`, PNG, { "content-type": "image/png" });
    expect([nameless.status, await nameless.json()]).toMatchObject([
      422,
      { fields: [{ in: "query", path: "/filename", message: "is required" }] },
    ]);
  });

  test("more than 16 MiB is refused, and other routes take no more JSON for it", async () => {
    await makePage();
    const large = new Uint8Array(16 * 2 ** 20 + 1);
    const upload = await api.send("POST", `/api/trips/${tripId}/assets?filename=a.png`, large, { "content-type": "image/png" });
    expect([upload.status, await upload.json()]).toMatchObject([413, { code: "too-large" }]);
    const bytes = await api.send("POST", "/api/trips", PNG, { "content-type": "image/png" });
    expect([bytes.status, await bytes.json()]).toMatchObject([415, { code: "unsupported-media-type" }]);
  });
});

import { beforeAll, describe, expect, test } from "vitest";
import { parseCardCode } from "../../src/cards/card-code.ts";
import { scanWithZxing } from "../cards/zxing.ts";
import { eachDatabase } from "../support/databases.ts";
import { PIXEL, type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { PUBLIC_URL, useSite } from "./test-site.ts";

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);
  let trip: Planted;
  let imagePath: string;

  beforeAll(async () => {
    trip = await plantTrip(site.services, {
      title: "Museum",
      children: [
        { title: "Ground Floor", children: [{ title: "The <Vase>" }] },
        { title: "قاعة", language: "ar", direction: "rtl" },
      ],
    });
    const image = await site.services.assets.add(trip.tripId, "vase (old).png", PIXEL);
    imagePath = image.href;
    await writeBody(
      site.services,
      trip.id("The <Vase>"),
      `## Age\n\nOlder than [the house](node:${trip.id("Museum")}#walls), see ${image.markdown}.\n\n## Maker\n\nUnknown.`,
    );
  });

  describe("as Markdown", () => {
    test("a page is its text below its title, with addresses that hold anywhere", async () => {
      const { status, headers, text } = await site.get("/museum/ground-floor/the-vase.md");
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "content-type": "text/markdown; charset=utf-8",
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
      });
      expect(text).toBe(
        `# The <Vase>\n\n## Age\n\nOlder than [the house](${PUBLIC_URL}/museum#walls), see ![](${PUBLIC_URL}${imagePath}).\n\n## Maker\n\nUnknown.`,
      );
    });
  });

  describe("as JSON", () => {
    test("a page says what it is, where it stands and what is around it", async () => {
      const { status, headers, text } = await site.get("/museum/ground-floor/the-vase.json");
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "content-type": "application/json",
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
      });
      const path = "/museum/ground-floor/the-vase";
      expect(JSON.parse(text)).toMatchObject({
        id: trip.id("The <Vase>"),
        title: "The <Vase>",
        path,
        url: PUBLIC_URL + path,
        language: "en",
        direction: "ltr",
        state: "public",
        trip: { id: trip.tripId, title: "Museum", path: "/museum" },
        breadcrumbs: [
          { title: "Museum", path: "/museum", url: `${PUBLIC_URL}/museum` },
          { title: "Ground Floor", path: "/museum/ground-floor" },
        ],
        previous: { title: "Ground Floor" },
        next: { title: "قاعة", path: `/museum/${encodeURIComponent("قاعة")}` },
        children: [],
        headings: [
          { level: 2, id: "age", text: "Age" },
          { level: 2, id: "maker", text: "Maker" },
        ],
        markdown: expect.stringContaining(`node:${trip.id("Museum")}`),
      });
    });

    test("language and direction are the page's own", async () => {
      const page = JSON.parse((await site.get(`/museum/${encodeURIComponent("قاعة")}.json`)).text);
      expect(page).toMatchObject({ language: "ar", direction: "rtl" });
    });

    test("contents count what lies below", async () => {
      expect(JSON.parse((await site.get("/museum.json")).text).children).toMatchObject([
        { title: "Ground Floor", descendants: 1 },
        { title: "قاعة", descendants: 0 },
      ]);
    });
  });

  describe("as a QR image", () => {
    test("PNG and SVG lead to the page's one card", async () => {
      const png = await site.get("/museum/ground-floor.qr.png");
      expect(png.headers).toMatchObject({
        "content-type": "image/png",
        "content-disposition": 'inline; filename="ground-floor.qr.png"',
        "cache-control": "no-cache",
      });
      const printed = (await scanWithZxing(png.body))[0]!.text;
      expect(printed).toMatch(/^HTTPS:\/\/CARDS\.EXAMPLE\.ORG\/C\/[0-9A-Z]{8}$/);
      const [card] = await site.services.cards.list({ nodeId: trip.id("Ground Floor") });
      expect(printed).toBe(`${PUBLIC_URL.toUpperCase()}/C/${card!.code}`);
      expect(parseCardCode(card!.code).ok).toBe(true);

      const svg = await site.get("/museum/ground-floor.qr.svg");
      expect(svg.headers).toMatchObject({ "content-type": "image/svg+xml", "content-security-policy": expect.stringContaining("sandbox") });
      expect(svg.text).toContain("<title>Ground Floor</title>");
      expect(await site.services.cards.list({ nodeId: trip.id("Ground Floor") })).toHaveLength(1);
      expect((await site.get(new URL(printed).pathname)).headers.location).toBe("/museum/ground-floor");
    });

    test("the query says how it looks", async () => {
      const { status, body } = await site.get("/museum.qr.png?size=600&level=H&fg=203040&bg=ffffff");
      expect(status).toBe(200);
      expect(body.readUInt32BE(16)).toBe(600);
      expect(await scanWithZxing(body)).toMatchObject([{ level: "H" }]);
    });

    test.each([
      ["size=0", 400],
      ["size=99999", 400],
      ["size=20", 422],
      ["level=Z", 400],
      ["fg=ffffff", 422],
      ["fg=%22%3E%3Cscript%3E", 400],
      ["colour=red", 400],
      ["size=300&size=400", 400],
    ])("?%s is refused with a reason", async (query, wanted) => {
      for (const view of [".qr.png", ".qr.svg"]) {
        const { status, headers, text } = await site.get(`/museum${view}?${query}`);
        expect(status).toBe(wanted);
        expect(headers["content-type"]).toBe("text/html; charset=utf-8");
        expect(text).not.toContain("<script>");
      }
    });

    test("the largest one still scans", async () => {
      const { body } = await site.get("/museum.qr.png?size=4096");
      expect(body.readUInt32BE(16)).toBe(4096);
      expect(await scanWithZxing(body)).toHaveLength(1);
    });
  });
});

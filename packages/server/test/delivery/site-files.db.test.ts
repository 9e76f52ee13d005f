import { beforeAll, describe, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { PIXEL, type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { PUBLIC_URL, useSite } from "./test-site.ts";

const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script><path d="M0 0h9v9z"/></svg>',
);

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);
  let trip: Planted;

  test("an empty library says so", async () => {
    const { status, text } = await site.get("/");
    expect(status).toBe(200);
    expect(text).toContain("Nothing is published here yet.");
    expect((await site.get("/sitemap.xml")).text).not.toContain("<loc>");
  });

  describe("with trips", () => {
    beforeAll(async () => {
      trip = await plantTrip(site.services, { title: "Ärger & Freude", children: [{ title: "Über uns" }] });
      await plantTrip(site.services, { title: "كتاب", slug: "kitab", language: "ar", direction: "rtl", body: "وصف قصير." });
    });

    test("the library lists them, each with its first words, in its own language and direction", async () => {
      const { status, headers, text } = await site.get("/");
      expect(status).toBe(200);
      expect(headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-cache", vary: "Accept-Encoding" });
      expect(text).toContain('<a href="/%C3%A4rger-freude"><h2>Ärger &amp; Freude</h2><p>A page about Ärger &amp; Freude.</p></a>');
      expect(text).toContain('<li lang="ar" dir="rtl"><a href="/kitab"><h2>كتاب</h2><p>وصف قصير.</p></a></li>');
      expect(text).toContain(`<link rel="canonical" href="${PUBLIC_URL}/">`);
      expect((await site.get("/?from=poster")).text).toBe(text);
    });

    test("a page names its canonical address from PUBLIC_URL, whatever host it was asked by", async () => {
      const { text } = await site.get("/%C3%A4rger-freude/%C3%BCber-uns", { host: "evil.example" });
      expect(text).toContain(`<link rel="canonical" href="${PUBLIC_URL}/%C3%A4rger-freude/%C3%BCber-uns">`);
      expect(text).not.toContain("evil");
      expect((await site.get("/%C3%A4rger-freude/", { host: "evil.example" })).headers.location).toBe("/%C3%A4rger-freude");
    });

    test("the sitemap index leads to a sitemap for each trip, with every page", async () => {
      const index = await site.get("/sitemap.xml");
      expect(index.headers).toMatchObject({ "content-type": "application/xml; charset=utf-8", "cache-control": "no-cache" });
      const maps = [...index.text.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) => url!.replace(PUBLIC_URL, ""));
      expect(maps).toHaveLength(2);
      const { headers, text } = await site.get(maps[0]!);
      expect(headers["content-type"]).toBe("application/xml; charset=utf-8");
      expect([...text.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) => url)).toEqual([
        `${PUBLIC_URL}/%C3%A4rger-freude`,
        `${PUBLIC_URL}/%C3%A4rger-freude/%C3%BCber-uns`,
      ]);
      for (const target of ["/-/sitemap/999.xml", "/-/sitemap/0.xml", "/-/sitemap/99999999999.xml", "/-/sitemap/x.xml", "/-/other"])
        expect((await site.get(target)).status).toBe(404);
    });

    test("robots are told what is not for them, and where the sitemap is", async () => {
      const { status, headers, text } = await site.get("/robots.txt");
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(text.split("\n")).toEqual(expect.arrayContaining(["Disallow: /c/", "Disallow: /api/", `Sitemap: ${PUBLIC_URL}/sitemap.xml`]));
    });

    test("the icon that browsers ask for by themselves is there", async () => {
      const { status, headers } = await site.get("/favicon.ico");
      expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "image/svg+xml" });
      expect((await site.get("/favicon.ico", { "if-none-match": headers.etag! })).status).toBe(304);
    });
  });

  describe("an asset", () => {
    let path: string;

    beforeAll(async () => {
      const image = await site.services.assets.add(trip.tripId, "Plan (Süd).png", PIXEL);
      path = image.href;
      await writeBody(site.services, trip.id("Über uns"), `${image.markdown}`);
    });

    test("stands in its page by an address that never changes, and may be kept for ever", async () => {
      expect((await site.get("/%C3%A4rger-freude/%C3%BCber-uns")).text).toContain(`<img src="${path}"`);
      const { status, headers, body } = await site.get(path);
      expect(status).toBe(200);
      expect(body).toEqual(PIXEL);
      expect(headers).toMatchObject({
        "content-type": "image/png",
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "content-length": String(PIXEL.byteLength),
        "content-disposition": `inline; filename="Plan-S_d-.png"; filename*=UTF-8''Plan-S%C3%BCd-.png`,
      });
      expect((await site.get(path, { "if-none-match": headers.etag! })).status).toBe(304);
      expect((await site.ask("HEAD", path)).headers["content-length"]).toBe(String(PIXEL.byteLength));
    });

    test("that could run a script cannot", async () => {
      const { href } = await site.services.assets.add(trip.tripId, "x.svg", SVG);
      const { headers, body } = await site.get(href);
      expect(body).toEqual(SVG);
      expect(headers["content-type"]).toBe("image/svg+xml");
      expect(headers["content-security-policy"]).toMatch(/^default-src 'none';.* sandbox$/);
    });

    test("is found by its hash alone, and by nothing but a hash", async () => {
      const hash = path.split("/")[2]!;
      expect((await site.get(`/assets/${hash}/other-name.png`)).body).toEqual(PIXEL);
      for (const target of [
        `/assets/${hash}`,
        `/assets/${hash}/`,
        `/assets/${hash}/a/b`,
        `/assets/${hash.slice(0, -1)}_/x.png`,
        `/assets/../${hash}/x.png`,
        "/assets/%2e%2e/%2e%2e/package.json",
        "/assets/..%2f..%2fpackage.json/x",
        "/assets/",
        "/assets",
      ]) {
        const { status, headers } = await site.get(target);
        expect({ target, status, type: headers["content-type"] }).toEqual({ target, status: 404, type: "text/html; charset=utf-8" });
      }
    });
  });
});

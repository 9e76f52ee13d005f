import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { type Planted, plantTrip, writeBody } from "./plant-trip.ts";
import { type Answer, eventually, startSite, useSite } from "./test-site.ts";

const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes } as const;
type Coding = keyof typeof DECODERS;
const CODINGS = Object.keys(DECODERS) as Coding[];

const codingOf = ({ headers }: Answer) => headers["content-encoding"] ?? "identity";

eachDatabase((makeDatabase) => {
  const site = useSite(makeDatabase);
  let trip: Planted;
  const take = (accept: string, headers = {}) => site.get("/guide", { "accept-encoding": accept, ...headers });
  /** Each encoding is made behind the back of the first reader who would have taken it. */
  const warm = async () => {
    for (const coding of CODINGS)
      await eventually(
        5_000,
        () => take(coding),
        (answer) => codingOf(answer) === coding,
      );
  };

  beforeAll(async () => {
    trip = await plantTrip(site.services, { title: "Guide", body: "All there is to know. ".repeat(200) });
  });

  test("the first reader need not wait for an encoding: the page comes as it is", async () => {
    const answer = await take("gzip, deflate, br, zstd");
    expect(codingOf(answer)).toBe("identity");
    expect(answer.text).toContain("All there is to know.");
  });

  describe("a page in memory", () => {
    beforeAll(warm);

    test.each<[string, Coding]>([
      ["gzip, deflate, br, zstd", "br"],
      ["br;q=0.5, gzip;q=0.8", "gzip"],
      ["gzip", "gzip"],
      ["GZIP;q=1.0", "gzip"],
      ["*", "br"],
      ["br;q=0, *", "gzip"],
      ["identity", "identity"],
      ["zstd", "identity"],
      ["", "identity"],
      ["gzip;q=nonsense", "identity"],
    ])("to who accepts '%s' it comes as %s", async (accept, coding) => {
      const answer = await take(accept);
      expect(codingOf(answer)).toBe(coding);
      expect(answer.headers.vary).toBe("Accept-Encoding");
      expect(answer.headers["content-length"]).toBe(String(answer.body.byteLength));
      expect(DECODERS[coding](answer.body).toString()).toBe((await take("identity")).text);
    });

    test("each encoding has a strong tag of its own", async () => {
      const tags = await Promise.all(CODINGS.map(async (coding) => (await take(coding)).headers.etag!));
      expect(new Set(tags).size).toBe(3);
      for (const tag of tags) expect(tag).toMatch(/^"[\w-]{22}(-br|-gzip)?"$/);
    });

    test.each(CODINGS)("who holds it as %s is told so in few bytes, whatever they accept now", async (coding) => {
      const { etag } = (await take(coding)).headers;
      for (const accept of CODINGS) {
        for (const held of [etag!, `W/${etag}`, `"other", ${etag}`]) {
          const answer = await take(accept, { "if-none-match": held });
          expect(answer.status).toBe(304);
          expect(answer.body).toHaveLength(0);
          expect(answer.headers).toMatchObject({ etag, vary: "Accept-Encoding", "cache-control": "no-cache" });
          expect(answer.headers).not.toHaveProperty("content-length");
          expect(answer.headers).not.toHaveProperty("content-encoding");
        }
      }
      expect((await site.ask("HEAD", "/guide", { "if-none-match": etag! })).status).toBe(304);
    });

    test("who holds anything at all is told so, who holds something else gets the page", async () => {
      expect((await take("br", { "if-none-match": "*" })).status).toBe(304);
      for (const held of ['"other"', "nonsense", '"other", W/"another"', '""'])
        expect((await take("br", { "if-none-match": held })).status).toBe(200);
    });

    test("a tag from before a restart still holds, although its encoding is not made yet", async () => {
      const { etag } = (await take("br")).headers;
      const restarted = await startSite({ databaseUrl: site.databaseUrl });
      try {
        expect((await restarted.get("/guide", { "if-none-match": etag!, "accept-encoding": "br" })).status).toBe(304);
      } finally {
        await restarted.close();
      }
    });

    test("a tag from before an edit does not", async () => {
      const tags = await Promise.all(CODINGS.map(async (coding) => (await take(coding)).headers.etag!));
      await writeBody(site.services, trip.id("Guide"), "Less than that.");
      const answer = await take("br", { "if-none-match": tags.join(", ") });
      expect(answer.status).toBe(200);
      expect(answer.text).toContain("Less than that.");
    });
  });

  test.each(["/", "/guide.md", "/guide.json", "/guide.qr.svg", "/guide.qr.png", "/robots.txt", "/sitemap.xml"])(
    "%s is not sent twice to who has it",
    async (target) => {
      const first = await site.get(target);
      expect(first.status).toBe(200);
      const { etag } = first.headers;
      const second = await site.get(target, { "if-none-match": etag! });
      expect(second.status).toBe(304);
      expect(second.body).toHaveLength(0);
      expect(second.headers).toMatchObject({ etag, "cache-control": "no-cache" });
      expect(second.headers).not.toHaveProperty("content-length");
    },
  );
});

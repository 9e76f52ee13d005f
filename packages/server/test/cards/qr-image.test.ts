import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCardCode } from "../../src/cards/card-code.ts";
import { cardUrl } from "../../src/cards/card-url.ts";
import type { QrOptions } from "../../src/cards/qr-drawing.ts";
import { renderQrPng, renderQrSvg } from "../../src/cards/qr-image.ts";
import { readPng } from "../../src/cards/qr-png.ts";
import { readSvg } from "../../src/cards/qr-svg.ts";
import { scanWithZxing } from "./zxing.ts";

const CARD = "HTTPS://EXAMPLE.ORG/C/8KQ2M7V4";

const hostOf = (length: number) => "h".repeat(length);
const urls = fc
  .tuple(fc.constantFrom("http", "https"), fc.integer({ min: 1, max: 60 }), fc.uint8Array({ minLength: 7, maxLength: 7 }))
  .map(([scheme, length, bytes]) =>
    cardUrl(
      `${scheme}://${hostOf(length)}`,
      createCardCode(() => bytes),
    ),
  );
const looks = fc.record(
  {
    level: fc.constantFrom("M", "Q", "H"),
    sizePx: fc.integer({ min: 130, max: 700 }),
    quietZone: fc.integer({ min: 4, max: 9 }),
    foreground: fc.constantFrom("#000000", "#1a2b6c", "#7a0019", "#005f2f"),
    background: fc.constantFrom("#ffffff", "#fff4dd", "#E0F0FF"),
  },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<QrOptions>;

describe("QR images of cards", () => {
  it("are read by a second decoder too, whatever host, code, level, size and colours", async () => {
    await fc.assert(
      fc.asyncProperty(urls, looks, async (url, look) => {
        expect((await scanWithZxing(renderQrPng(url, look))).map(({ text }) => text)).toEqual([url]);
        expect((await scanWithZxing(readSvg(renderQrSvg(url, look)))).map(({ text }) => text)).toEqual([url]);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [28, "Q", "3"],
    [29, "Q", "4"],
    [16, "H", "3"],
    [17, "H", "4"],
  ] as const)(
    "with a host of %i characters at level %s are version %s, which only alphanumeric mode fits",
    async (length, level, version) => {
      const png = renderQrPng(cardUrl(`https://${hostOf(length)}`, "8KQ2M7V4"), { level });
      expect(await scanWithZxing(png)).toEqual([expect.objectContaining({ version, level })]);
    },
  );

  it("are version 3 at level Q with 8 px a module and a quiet zone of 4 by default, black on white", async () => {
    const { sizePx, colourAt } = readPng(renderQrPng(CARD));
    expect(sizePx).toBe((29 + 2 * 4) * 8);
    expect(colourAt(4 * 8 - 1, 4 * 8)).toEqual([255, 255, 255]);
    expect(colourAt(4 * 8, 4 * 8)).toEqual([0, 0, 0]);
    expect(await scanWithZxing(renderQrPng(CARD))).toEqual([{ text: CARD, version: "3", level: "Q" }]);
  });

  it("keep modules whole: a PNG that is no multiple of them gets a wider quiet zone, the same on all sides", () => {
    const { sizePx, colourAt } = readPng(renderQrPng(CARD, { sizePx: 333 }));
    const isDark = (x: number, y: number) => colourAt(x, y)[0] === 0;
    const darkLines = Array.from({ length: sizePx }, (_, y) => y).filter((y) =>
      Array.from({ length: sizePx }, (_, x) => x).some((x) => isDark(x, y)),
    );
    expect(darkLines.length).toBe(29 * 9);
    expect(darkLines[0]).toBe(sizePx - 1 - darkLines.at(-1)!);
  });

  it("have the size that was asked for", async () => {
    expect(readPng(renderQrPng(CARD, { sizePx: 1001 })).sizePx).toBe(1001);
    expect(renderQrSvg(CARD, { sizePx: 1001 })).toContain('width="1001" height="1001"');
  });

  it("are small", () => {
    expect(renderQrPng(CARD).length).toBeLessThan(600);
    expect(renderQrSvg(CARD).length).toBeLessThan(4_000);
  });

  it("are the same bytes each time", () => {
    expect(renderQrPng(CARD).equals(renderQrPng(CARD))).toBe(true);
  });
});

describe("an SVG", () => {
  it("has its text as title, or the one it is given, with nothing in it that could be markup", () => {
    expect(renderQrSvg(CARD)).toContain(`<title>${CARD}</title>`);
    expect(renderQrSvg(CARD, { title: `</title><script>"&'\u0000\uD800` })).toContain(
      `<title>&lt;/title&gt;&lt;script&gt;"&amp;'\uFFFD\uFFFD</title>`,
    );
  });

  it("is one path, drawn in modules", () => {
    const svg = renderQrSvg(CARD, { sizePx: 500 });
    expect(svg.match(/<path/g)).toHaveLength(1);
    expect(svg).toContain('viewBox="0 0 37 37" shape-rendering="crispEdges"');
  });

  it("shows the same modules as the PNG", () => {
    fc.assert(
      fc.property(urls, (url) => {
        const svg = readSvg(renderQrSvg(url));
        const png = readPng(renderQrPng(url));
        const modules = png.sizePx / 8;
        for (let y = 0; y < modules; y++) {
          for (let x = 0; x < modules; x++) expect(svg.colourAt(x * 4 + 2, y * 4 + 2)).toEqual(png.colourAt(x * 8 + 4, y * 8 + 4));
        }
      }),
      { numRuns: 5 },
    );
  });
});

describe("an image that would not scan is refused with the reason", () => {
  it.each([
    ["too little contrast", { foreground: "#888888" }, /contrast of #888888 on #ffffff is 3\.54:1/],
    ["pure red on white", { foreground: "#ff0000" }, /4:1/],
    ["inverted colours", { foreground: "#ffffff", background: "#000000" }, /darker/],
    ["equal colours", { foreground: "#777777", background: "#777777" }, /darker/],
    ["a narrow quiet zone", { quietZone: 3 }, /quiet zone of 3/],
    ["a tiny image", { sizePx: 73 }, /needs 74 px/],
  ])("%s", (_what, options, message) => {
    for (const render of [renderQrPng, renderQrSvg]) {
      expect(() => render(CARD, options)).toThrow(
        expect.objectContaining({ code: "qr-unscannable", message: expect.stringMatching(message) }),
      );
    }
  });

  it("more text than any QR code holds", () => {
    expect(() => renderQrPng("A".repeat(5_000))).toThrow(expect.objectContaining({ code: "qr-unscannable" }));
  });

  it.each(["red", "#fff", "#12345g", "", "#ffffff "])("and %j is no colour", (foreground) => {
    expect(() => renderQrSvg(CARD, { foreground })).toThrow(expect.objectContaining({ code: "bad-request" }));
  });

  it("but every pair of colours that passes is read", () => {
    const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);
    fc.assert(
      fc.property(colour, colour, (foreground, background) => {
        try {
          renderQrPng(CARD, { foreground, background, sizePx: 148 });
        } catch (error) {
          expect((error as Error).message).toMatch(/contrast|darker/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

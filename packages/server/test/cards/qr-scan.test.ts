import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Colour } from "../../src/cards/qr-colours.ts";
import { renderQrPng, renderQrSvg } from "../../src/cards/qr-image.ts";
import { readPng } from "../../src/cards/qr-png.ts";
import { checkScans, type Picture } from "../../src/cards/qr-scan.ts";
import { readSvg } from "../../src/cards/qr-svg.ts";

const CARD = "HTTPS://EXAMPLE.ORG/C/8KQ2M7V4";
const SIDE = 37;
const WHITE: Colour = [255, 255, 255];

describe("checkScans", () => {
  const picture = readPng(renderQrPng(CARD));
  const withStain = (share: number): Picture => ({
    ...picture,
    colourAt: (x, y) => (x + y > 2 * picture.sizePx * (1 - share) ? WHITE : picture.colourAt(x, y)),
  });

  it("passes a good picture, and one with a stain that the error level covers", () => {
    checkScans(picture, CARD, SIDE);
    checkScans(withStain(0.2), CARD, SIDE);
  });

  it("refuses a picture that cannot be read", () => {
    expect(() => checkScans(withStain(0.7), CARD, SIDE)).toThrow(expect.objectContaining({ code: "qr-unscannable" }));
  });

  it("refuses a picture that can be read, but says something else", () => {
    expect(() => checkScans(picture, CARD.replace("8", "9"), SIDE)).toThrow(expect.objectContaining({ code: "qr-unscannable" }));
  });
});

describe("reading back", () => {
  it("notices any changed byte of a PNG", () => {
    const png = renderQrPng(CARD);
    for (let at = 0; at < png.length; at++) {
      const changed = Buffer.from(png);
      changed[at]! ^= 0x10;
      expect(() => readPng(changed)).toThrow();
    }
  });

  it("notices a PNG with another pixel format", () => {
    const png = renderQrPng(CARD);
    png[25] = 0;
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    expect(() => readPng(png)).toThrow("none of ours");
  });

  it("notices an SVG with anything in its path but runs of modules, or with anything beside it", () => {
    const svg = renderQrSvg(CARD);
    for (const changed of [
      svg.replace("M4 4h7v1h-7z", "M4 4h7v1h-6z"),
      svg.replace("M4 4h7v1h-7z", "M4 4l7 1z"),
      svg.replace("</svg>", "<g/></svg>"),
      svg.replace('width="37"', 'width="36"'),
    ]) {
      expect(changed).not.toBe(svg);
      expect(() => readSvg(changed)).toThrow("none of ours");
    }
  });
});

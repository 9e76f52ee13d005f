import { describe, expect, test } from "vitest";
import { describeAsset } from "../../src/trips/asset-service.ts";
import { PIXEL } from "../delivery/plant-trip.ts";

const describeText = (text: string) => describeAsset("folder/A drawing.svg", Buffer.from(text));

describe("an image", () => {
  test("is what its bytes say, with its size", () => {
    expect(describeAsset("dot.txt", PIXEL)).toMatchObject({ filename: "dot.txt", mediaType: "image/png", width: 1, height: 1 });
  });

  test("is an SVG with its size, however much a drawing program wrote before and into its root", () => {
    const attributes = Array.from({ length: 100 }, (_, number) => `xmlns:n${number}="urn:number:${number}"`).join(" ");
    const text = `<?xml version="1.0"?>\n<!-- ${"a drawing ".repeat(200)} -->\n<svg ${attributes} width="2in" viewBox="0 0 4 2"><path d="M0 0"/></svg>`;
    expect(describeText(text)).toMatchObject({ filename: "A-drawing.svg", mediaType: "image/svg+xml", width: 192, height: 96 });
  });

  test.each([
    "<html><body><svg width='1' height='1'></svg>",
    "text <svg width='1' height='1'>",
    "",
    "<svgx>",
    "<?xml version='1.0'?><rss/>",
  ])("is not %j", (text) => {
    expect(() => describeText(text)).toThrow(expect.objectContaining({ code: "asset-refused" }));
  });
});

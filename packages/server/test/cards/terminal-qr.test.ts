import { describe, expect, it } from "vitest";
import type { Colour } from "../../src/cards/qr-colours.ts";
import { checkScans, type Picture } from "../../src/cards/qr-scan.ts";
import { renderTerminalQr } from "../../src/cards/terminal-qr.ts";

const URL = "http://192.168.1.20:3000/";
const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];
const PX = 4;

/** What a terminal shows, as a square picture: each character is two modules, one above the other. */
function show(lines: string[], text: Colour, ground: Colour): Picture {
  const side = lines[0]!.length;
  const isDrawn = (x: number, y: number) => (y % 2 === 0 ? "█▀" : "█▄").includes(lines[y >> 1]![x]!);
  return { sizePx: side * PX, colourAt: (x, y) => (isDrawn(Math.floor(x / PX), Math.floor(y / PX)) ? text : ground) };
}

function linesOf(rendered: string): string[] {
  expect(rendered.endsWith("\n")).toBe(true);
  return rendered.slice(0, -1).split("\n");
}

describe("renderTerminalQr", () => {
  it("with colours is read on any terminal, for each line sets black on white and takes it back", () => {
    const lines = linesOf(renderTerminalQr(URL, { colour: true })).map((line) => {
      const match = /^\u001B\[38;5;16;48;5;231m([█▀▄ ]+)\u001B\[0m$/.exec(line);
      return match![1]!;
    });
    checkScans(show(lines, BLACK, WHITE), URL, lines[0]!.length);
  });

  it("without colours is read where light text stands on a dark ground, and holds no escapes", () => {
    const lines = linesOf(renderTerminalQr(URL, { colour: false }));
    expect(lines.join("")).toMatch(/^[█▀▄ ]+$/);
    checkScans(show(lines, WHITE, BLACK), URL, lines[0]!.length);
  });

  it("has a quiet zone of four modules on every side", () => {
    const lines = linesOf(renderTerminalQr(URL, { colour: false }));
    for (const line of [...lines.slice(0, 2), lines.at(-2)!]) expect(line).toMatch(/^█+$/);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^█{4}.*█{4}$/);
    expect(lines.at(-1)).toMatch(/^▀+$/);
  });

  it("fits a narrow terminal", () => {
    expect(linesOf(renderTerminalQr(URL, { colour: false }))[0]!.length).toBeLessThanOrEqual(40);
  });
});

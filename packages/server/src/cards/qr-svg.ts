import { type Colour, parseColour } from "./qr-colours.ts";
import type { QrDrawing } from "./qr-drawing.ts";
import type { Picture } from "./qr-scan.ts";

/**
 * One unit is one module. All dark modules are one path, drawn by horizontal runs: within one path the runs meet without
 * hairlines at any scale, also where `shape-rendering` is ignored.
 */
export function drawSvg(drawing: QrDrawing, title: string): string {
  const { matrix, quietZone, sideModules, sizePx } = drawing;
  let path = "";
  matrix.forEach((row, y) => {
    for (let start = row.indexOf(true); start !== -1; ) {
      const stop = row.indexOf(false, start);
      const length = (stop === -1 ? row.length : stop) - start;
      path += `M${start + quietZone} ${y + quietZone}h${length}v1h-${length}z`;
      start = row.indexOf(true, start + length);
    }
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sizePx}" height="${sizePx}" viewBox="0 0 ${sideModules} ${sideModules}" ` +
    `shape-rendering="crispEdges" role="img"><title>${escapeXml(title)}</title>` +
    `<rect width="${sideModules}" height="${sideModules}" fill="${hex(drawing.background)}"/>` +
    `<path fill="${hex(drawing.foreground)}" d="${path}"/></svg>`
  );
}

/** Pixels a module of the picture that is scanned. */
const RASTER_PX = 4;

const OUR_SVG =
  /^<svg [^>]* viewBox="0 0 (\d+) \1" [^>]*><title>[^<]*<\/title><rect width="\1" height="\1" fill="(#\w{6})"\/><path fill="(#\w{6})" d="([^"]*)"\/><\/svg>$/;

/** Draws the SVG from its text alone: what a scanner would see. Knows exactly what `drawSvg` writes, and nothing else. */
export function readSvg(svg: string): Picture {
  const match = OUR_SVG.exec(svg);
  if (match === null) throw notOurs();
  const [, side, background, foreground, path] = match as unknown as [string, string, string, string, string];
  const colours = [parseColour(background), parseColour(foreground)] as [Colour, Colour];
  const sizePx = Number(side) * RASTER_PX;
  const dark = new Uint8Array(sizePx * sizePx);
  let understood = 0;
  for (const [run, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let line = 0; line < RASTER_PX; line++) {
      const start = (Number(y) * RASTER_PX + line) * sizePx + Number(x) * RASTER_PX;
      dark.fill(1, start, start + Number(length) * RASTER_PX);
    }
    understood += run.length;
  }
  if (understood !== path.length) throw notOurs();
  return { sizePx, colourAt: (x, y) => colours[dark[y * sizePx + x] as 0 | 1] };
}

function notOurs(): Error {
  return new Error("This SVG is none of ours.");
}

function hex(colour: Colour): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Also replaces what XML 1.0 §2.2 has no way to write. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

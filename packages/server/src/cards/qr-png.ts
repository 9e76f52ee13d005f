import { crc32, deflateSync, inflateSync } from "node:zlib";
import type { Colour } from "./qr-colours.ts";
import type { QrDrawing } from "./qr-drawing.ts";
import type { Picture } from "./qr-scan.ts";

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1A\n", "latin1");
/** IHDR behind width and height: 1 bit a pixel, palette, and the only compression, filter and interlace methods we use. */
const FORMAT = [1, 3, 0, 0, 0];

/**
 * A PNG (W3C PNG, third edition) of one bit a pixel and two colours. Modules are squares of whole pixels; what is left of
 * `sizePx` widens the quiet zone.
 */
export function drawPng(drawing: QrDrawing): Buffer {
  const { sizePx, foreground, background } = drawing;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(sizePx, 0);
  header.writeUInt32BE(sizePx, 4);
  header.set(FORMAT, 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from([...background, ...foreground])),
    chunk("IDAT", deflateSync(drawScanlines(drawing), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Each line is a filter byte (0: none) and its pixels, the first one in the highest bit. */
function drawScanlines({ matrix, sideModules, quietZone, sizePx }: QrDrawing): Buffer {
  const modulePx = Math.floor(sizePx / sideModules);
  const offset = quietZone * modulePx + Math.floor((sizePx - sideModules * modulePx) / 2);
  const lineBytes = lineBytesOf(sizePx);
  const scanlines = Buffer.alloc(lineBytes * sizePx);
  matrix.forEach((row, y) => {
    const top = (offset + y * modulePx) * lineBytes;
    for (let x = 0; x < row.length * modulePx; x++) {
      const pixel = offset + x;
      if (row[Math.floor(x / modulePx)]) scanlines[top + 1 + (pixel >> 3)]! |= 0x80 >> (pixel & 7);
    }
    for (let line = 1; line < modulePx; line++) scanlines.copyWithin(top + line * lineBytes, top, top + lineBytes);
  });
  return scanlines;
}

/** Decodes the bytes back to pixels: what a scanner would see. Knows exactly what `drawPng` writes, and nothing else. */
export function readPng(png: Buffer): Picture {
  const chunks = readChunks(png);
  const [header, palette, data, end] = chunks.map(({ body }) => body);
  if (chunks.map(({ type }) => type).join() !== "IHDR,PLTE,IDAT,IEND" || !header || !palette || !data || end?.length !== 0) throw notOurs();
  const sizePx = header.readUInt32BE(0);
  if (header.readUInt32BE(4) !== sizePx || !header.subarray(8).equals(Buffer.from(FORMAT)) || palette.length !== 6) throw notOurs();

  const lineBytes = lineBytesOf(sizePx);
  const scanlines = inflateSync(data, { maxOutputLength: lineBytes * sizePx });
  if (scanlines.length !== lineBytes * sizePx) throw notOurs();
  for (let start = 0; start < scanlines.length; start += lineBytes) if (scanlines[start] !== 0) throw notOurs();
  const colours = [[...palette.subarray(0, 3)], [...palette.subarray(3)]] as unknown as [Colour, Colour];
  return { sizePx, colourAt: (x, y) => colours[((scanlines[y * lineBytes + 1 + (x >> 3)]! >> (7 - (x & 7))) & 1) as 0 | 1] };
}

function lineBytesOf(sizePx: number): number {
  return 1 + Math.ceil(sizePx / 8);
}

function chunk(type: string, body: Buffer): Buffer {
  const framed = Buffer.alloc(12 + body.length);
  framed.writeUInt32BE(body.length, 0);
  framed.write(type, 4, "latin1");
  framed.set(body, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + body.length)), 8 + body.length);
  return framed;
}

function readChunks(png: Buffer): { readonly type: string; readonly body: Buffer }[] {
  if (!png.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw notOurs();
  const chunks = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const stop = at + 8 + png.readUInt32BE(at);
    if (crc32(png.subarray(at + 4, stop)) !== png.readUInt32BE(stop)) throw notOurs();
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), body: png.subarray(at + 8, stop) });
    at = stop + 4;
  }
  return chunks;
}

function notOurs(): Error {
  return new Error("This PNG is none of ours.");
}

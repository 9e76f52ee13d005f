import jsQR from "jsqr";
import { QRCardsError } from "../errors.ts";
import type { Colour } from "./qr-colours.ts";

/** A square picture, read back from the finished image. */
export interface Picture {
  readonly sizePx: number;
  readonly colourAt: (x: number, y: number) => Colour;
}

/** So many pixels a module are enough for the decoder; its time grows with their square. */
const SCANNED_PX_PER_MODULE = 4;

/**
 * Reads the picture with a decoder that shares no code with the encoder.
 * @param sideModules modules along a side, quiet zone included. Every n-th pixel is looked at when they are drawn large.
 * @throws QRCardsError `qr-unscannable` when it does not read exactly `text`.
 */
export function checkScans(picture: Picture, text: string, sideModules: number): void {
  const step = Math.max(1, Math.floor(picture.sizePx / (sideModules * SCANNED_PX_PER_MODULE)));
  const side = Math.ceil(picture.sizePx / step);
  const pixels = new Uint8ClampedArray(side * side * 4);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at += 4) {
      pixels.set(picture.colourAt(x * step, y * step), at);
      pixels[at + 3] = 255;
    }
  }
  // A CommonJS package that was compiled from an ES module: the function is `default` of the default import.
  if (jsQR.default(pixels, side, side, { inversionAttempts: "dontInvert" })?.data !== text) {
    throw new QRCardsError("qr-unscannable", "The finished image was decoded again and did not scan.");
  }
}

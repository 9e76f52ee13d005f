import { QRCardsError } from "../errors.ts";
import { type Colour, getQrColours } from "./qr-colours.ts";
import { createQrMatrix, type QrLevel, type QrMatrix } from "./qr-matrix.ts";

export interface QrOptions {
  /** Default Q: a quarter of the symbol may be lost. */
  readonly level?: QrLevel;
  /** Width and height, quiet zone included. Default: 8 px a module. At least 2 px a module. */
  readonly sizePx?: number;
  /** Empty modules around the symbol. Default 4, which ISO/IEC 18004 asks for at least. */
  readonly quietZone?: number;
  /** `#rrggbb`, the darker one. Default black. */
  readonly foreground?: string;
  /** `#rrggbb`. Default white. The contrast must be 4:1 or more. */
  readonly background?: string;
}

/** A QR image, decided but not drawn. */
export interface QrDrawing {
  readonly matrix: QrMatrix;
  readonly quietZone: number;
  /** Modules along a side, quiet zone included. */
  readonly sideModules: number;
  readonly sizePx: number;
  readonly foreground: Colour;
  readonly background: Colour;
}

const DEFAULT_PX_PER_MODULE = 8;
/** One pixel a module survives no resampling. */
const LEAST_PX_PER_MODULE = 2;
const LEAST_QUIET_ZONE = 4;

/**
 * Decides everything about an image, in the order of the checks: colours, quiet zone, text, size.
 * @throws QRCardsError `qr-unscannable` with the reason; `bad-request` for a malformed colour.
 */
export function planQrDrawing(text: string, options: QrOptions): QrDrawing {
  const { level = "Q", quietZone = LEAST_QUIET_ZONE, foreground = "#000000", background = "#ffffff" } = options;
  const colours = getQrColours(foreground, background);
  if (quietZone < LEAST_QUIET_ZONE) {
    throw new QRCardsError("qr-unscannable", `A quiet zone of ${quietZone} modules is too narrow; a QR code needs ${LEAST_QUIET_ZONE}.`);
  }
  const matrix = createQrMatrix(text, level);
  const sideModules = matrix.length + 2 * quietZone;
  const sizePx = options.sizePx ?? sideModules * DEFAULT_PX_PER_MODULE;
  const leastPx = sideModules * LEAST_PX_PER_MODULE;
  if (sizePx < leastPx) {
    throw new QRCardsError("qr-unscannable", `${sizePx} px are too few for this code at level ${level}; it needs ${leastPx} px.`, {
      details: { leastPx },
    });
  }
  return { matrix, quietZone, sideModules, sizePx, ...colours };
}

import { QRCardsError } from "../errors.ts";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** Below this ratio cameras in poor light lose the edges. Black on white has 21, pure red on white a little less than 4. */
const LEAST_CONTRAST = 4;

/** Reads `#rrggbb`. */
export function parseColour(text: string): Colour | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (match === null) return undefined;
  const [, red, green, blue] = match as unknown as [string, string, string, string];
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}

/**
 * The two colours of a QR image, if they can be told apart.
 * @throws QRCardsError `bad-request` for what is no `#rrggbb`; `qr-unscannable` when the foreground is not the darker one
 *   (many scanners read no inverted codes) or the contrast is below 4:1.
 */
export function getQrColours(foreground: string, background: string): { readonly foreground: Colour; readonly background: Colour } {
  const colours = { foreground: getColour(foreground), background: getColour(background) };
  const dark = relativeLuminance(colours.foreground);
  const light = relativeLuminance(colours.background);
  if (dark >= light) {
    throw new QRCardsError("qr-unscannable", `The foreground ${foreground} must be darker than the background ${background}.`);
  }
  const contrast = (light + 0.05) / (dark + 0.05);
  if (contrast < LEAST_CONTRAST) {
    throw new QRCardsError(
      "qr-unscannable",
      `The contrast of ${foreground} on ${background} is ${contrast.toFixed(2)}:1; a QR code needs ${LEAST_CONTRAST}:1.`,
      { details: { contrast } },
    );
  }
  return colours;
}

function getColour(text: string): Colour {
  const colour = parseColour(text);
  if (colour === undefined) throw new QRCardsError("bad-request", `A colour is written #rrggbb, not ${JSON.stringify(text)}.`);
  return colour;
}

/** WCAG 2.2, "relative luminance": 0 for black, 1 for white. */
function relativeLuminance([red, green, blue]: Colour): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

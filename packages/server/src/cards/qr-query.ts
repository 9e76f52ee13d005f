import { QRCardsError } from "../errors.ts";
import type { QrOptions } from "./qr-drawing.ts";
import { QR_LEVELS, type QrLevel } from "./qr-matrix.ts";

/** Images are square, so time and memory grow with the square of this. */
const MOST_QR_PX = 4096;

const PARAMETERS: Readonly<Record<string, (value: string) => QrOptions>> = {
  size: (value) => ({ sizePx: parseSize(value) }),
  level: (value) => ({ level: parseLevel(value) }),
  fg: (value) => ({ foreground: parseHex("fg", value) }),
  bg: (value) => ({ background: parseHex("bg", value) }),
};

/**
 * Reads the query of a `.qr.svg` or `.qr.png` address: `size` (pixels), `level` (M, Q or H), `fg` and `bg` (`rrggbb`; a
 * `#` may stand before it as `%23`). Whether the colours and the size do is for the renderer to say.
 * @param query with or without its `?`.
 * @throws QRCardsError `bad-request` for an unknown or repeated name or a value that is none.
 */
export function parseQrQuery(query: string): QrOptions {
  let options: QrOptions = {};
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const parse = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (parse === undefined)
      throw refuse(`Unknown parameter ${JSON.stringify(name)}; a QR image knows ${Object.keys(PARAMETERS).join(", ")}.`);
    if (seen.has(name)) throw refuse(`The parameter "${name}" stands there twice.`);
    seen.add(name);
    options = { ...options, ...parse(value) };
  }
  return options;
}

function parseSize(value: string): number {
  const size = /^[1-9][0-9]{0,4}$/.test(value) ? Number(value) : Number.NaN;
  if (!(size <= MOST_QR_PX)) throw refuse(`"size" is a whole number of pixels up to ${MOST_QR_PX}.`);
  return size;
}

function parseLevel(value: string): QrLevel {
  const level = QR_LEVELS.find((known) => known === value);
  if (level === undefined) throw refuse(`"level" is one of ${QR_LEVELS.join(", ")}.`);
  return level;
}

function parseHex(name: string, value: string): string {
  const match = /^#?([0-9a-f]{6})$/i.exec(value);
  if (match === null) throw refuse(`"${name}" is a colour of six hexadecimal digits.`);
  return `#${match[1]}`;
}

function refuse(message: string): QRCardsError {
  return new QRCardsError("bad-request", message);
}

import { createQrMatrix } from "./qr-matrix.ts";

const QUIET_ZONE = 4;

/** Black on white from the fixed part of the 256-colour palette, which no terminal theme changes. */
const BLACK_ON_WHITE = "\u001B[38;5;16;48;5;231m";
const RESET = "\u001B[0m";

/**
 * A QR code for a terminal, two rows of modules a line, at level M to stay small. Lines end with `\n`.
 *
 * @param options.colour whether ANSI colours may be written. With them the code is black on white whatever the theme.
 *   Without, light modules are drawn in the text's own colour, which is right where light text stands on a dark ground;
 *   on a light ground the code appears inverted, which not every scanner reads.
 * @throws QRCardsError `qr-unscannable` when `text` is too long.
 */
export function renderTerminalQr(text: string, options: { readonly colour: boolean }): string {
  const matrix = createQrMatrix(text, "M");
  const side = matrix.length + 2 * QUIET_ZONE;
  const isDark = (x: number, y: number) => matrix[y - QUIET_ZONE]?.[x - QUIET_ZONE] ?? false;
  /** Whether this half of the character is drawn, that is, has the text's colour. */
  const isDrawn = options.colour ? isDark : (x: number, y: number) => y < side && !isDark(x, y);

  let lines = "";
  for (let y = 0; y < side; y += 2) {
    let line = "";
    for (let x = 0; x < side; x++) line += halfBlock(isDrawn(x, y), isDrawn(x, y + 1));
    lines += options.colour ? `${BLACK_ON_WHITE}${line}${RESET}\n` : `${line}\n`;
  }
  return lines;
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

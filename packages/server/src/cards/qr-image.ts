import { planQrDrawing, type QrOptions } from "./qr-drawing.ts";
import { drawPng, readPng } from "./qr-png.ts";
import { checkScans } from "./qr-scan.ts";
import { drawSvg, readSvg } from "./qr-svg.ts";

/**
 * An SVG for `text`, decoded again from its own markup before it is handed out.
 * @param options.title what a screen reader says. Default: the text.
 * @throws QRCardsError `qr-unscannable` with the reason; `bad-request` for a malformed colour.
 */
export function renderQrSvg(text: string, options: QrOptions & { readonly title?: string } = {}): string {
  const drawing = planQrDrawing(text, options);
  const svg = drawSvg(drawing, options.title ?? text);
  checkScans(readSvg(svg), text, drawing.sideModules);
  return svg;
}

/**
 * A PNG for `text`, decoded again from its own bytes before it is handed out.
 * @throws QRCardsError `qr-unscannable` with the reason; `bad-request` for a malformed colour.
 */
export function renderQrPng(text: string, options: QrOptions = {}): Buffer {
  const drawing = planQrDrawing(text, options);
  const png = drawPng(drawing);
  checkScans(readPng(png), text, drawing.sideModules);
  return png;
}

import encodeQR from "qr";
import { QRCardsError } from "../errors.ts";

/** How much of the symbol may be lost: M 15 %, Q 25 %, H 30 %. Level L (7 %) is too little for print. */
export const QR_LEVELS = ["M", "Q", "H"] as const;
export type QrLevel = (typeof QR_LEVELS)[number];

/** Rows of modules without the quiet zone; true is dark. */
export type QrMatrix = readonly (readonly boolean[])[];

const ECC = { M: "medium", Q: "quartile", H: "high" } as const;

/**
 * The smallest QR code that holds `text`.
 * @throws QRCardsError `qr-unscannable` when no version holds it.
 */
export function createQrMatrix(text: string, level: QrLevel): QrMatrix {
  let framed: boolean[][];
  try {
    // The encoder insists on a border. The quiet zone is ours to draw, so it comes off again.
    framed = encodeQR(text, "raw", { ecc: ECC[level], border: 1 });
  } catch (cause) {
    throw new QRCardsError("qr-unscannable", `${text.length} characters at error level ${level} are more than a QR code holds.`, { cause });
  }
  return framed.slice(1, -1).map((row) => row.slice(1, -1));
}

import { readFileSync } from "node:fs";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import type { Picture } from "../../src/cards/qr-scan.ts";

// From the package, not from the network, which is where it looks by default.
prepareZXingModule({ overrides: { wasmBinary: readFileSync(new URL(import.meta.resolve("zxing-wasm/reader/zxing_reader.wasm"))).buffer } });

/** What ZXing-C++ reads in a PNG file or a picture: a second opinion, independent of the decoder that the product uses. */
export async function scanWithZxing(image: Buffer | Picture): Promise<{ text: string; version: string; level: string }[]> {
  const results = await readBarcodes(Buffer.isBuffer(image) ? image : imageDataOf(image), { formats: ["QRCode"] });
  return results.map(({ text, version, ecLevel }) => ({ text, version, level: ecLevel }));
}

function imageDataOf({ sizePx, colourAt }: Picture): ImageData {
  const data = new Uint8ClampedArray(sizePx * sizePx * 4);
  for (let i = 0; i < sizePx * sizePx; i++) data.set([...colourAt(i % sizePx, Math.floor(i / sizePx)), 255], i * 4);
  return { data, width: sizePx, height: sizePx, colorSpace: "srgb" } as ImageData;
}

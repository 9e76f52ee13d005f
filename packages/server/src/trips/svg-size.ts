/** CSS pixels of the absolute units (CSS Values 4, 6.2). Relative ones say nothing about a picture by itself. */
const UNITS: Readonly<Record<string, number>> = { "": 1, px: 1, in: 96, cm: 96 / 2.54, mm: 96 / 25.4, pt: 96 / 72, pc: 16 };
const LENGTH = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(px|in|cm|mm|pt|pc|)\s*$/i;
const ATTRIBUTE = /\s+([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
/** Drawing programs put whole documents into the root's attributes. */
const LOOK_AHEAD_BYTES = 256 * 1024;

export interface PictureSize {
  readonly width: number | null;
  readonly height: number | null;
}

/** The size that an SVG has by itself, in whole CSS pixels: its `width` and `height`, else its `viewBox`. Undefined when it is no SVG. */
export function findSvgSize(bytes: Uint8Array): PictureSize | undefined {
  const text = new TextDecoder().decode(bytes.subarray(0, LOOK_AHEAD_BYTES)).trimStart();
  const root = /<svg(?=[\s>/])/.exec(text);
  // Before the root there may be a prolog and comments, but no HTML.
  if (root === null || !text.startsWith("<") || /<(?!svg)[a-z]/i.test(text.slice(0, root.index))) return undefined;
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = root.index + root[0].length;
  for (let match = ATTRIBUTE.exec(text); match !== null; match = ATTRIBUTE.exec(text))
    attributes.set(match[1]!, match[2] ?? match[3] ?? "");

  const width = length(attributes.get("width"));
  const height = length(attributes.get("height"));
  const box = (attributes.get("viewBox") ?? "")
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const [, , boxWidth = 0, boxHeight = 0] = box;
  const ratio = box.length === 4 && boxWidth > 0 && boxHeight > 0 ? boxWidth / boxHeight : undefined;
  if (width !== undefined && height !== undefined) return picture(width, height);
  if (ratio === undefined) return { width: null, height: null };
  if (width !== undefined) return picture(width, width / ratio);
  return height === undefined ? picture(boxWidth, boxHeight) : picture(height * ratio, height);
}

function length(text: string | undefined): number | undefined {
  const match = LENGTH.exec(text ?? "");
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
}

function picture(width: number, height: number): PictureSize {
  const [w, h] = [Math.round(width), Math.round(height)];
  return w >= 1 && h >= 1 && w < 100_000 && h < 100_000 ? { width: w, height: h } : { width: null, height: null };
}

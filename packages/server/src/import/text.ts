/** The same order on every machine, unlike a locale's. */
export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NATURAL = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** `2` before `10`, and a total order: names that only differ in case or accents never count as equal. */
export function compareNaturally(a: string, b: string): number {
  return NATURAL.compare(a, b) || compareCodeUnits(a, b);
}

export interface DecodedText {
  /** With `\n` line ends, without a byte order mark and without NUL. */
  readonly text: string;
  /** True when the bytes were not Unicode and were read as Windows-1252. */
  readonly isGuess: boolean;
}

/**
 * Bytes of a text file as text. UTF-8, or UTF-16 by its byte order mark; anything else is read as Windows-1252, in which
 * every byte means something. NUL becomes U+FFFD as CommonMark 2.3 has it (PostgreSQL cannot hold it).
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return { text: tidy(new TextDecoder(encoding, { fatal: true }).decode(bytes)), isGuess: false };
  } catch {
    return { text: tidy(new TextDecoder("windows-1252").decode(bytes)), isGuess: true };
  }
}

function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD");
}

/** The most code points that a slug may have. */
export const SLUG_LIMIT = 60;

// Variation selectors, zero-width joiners and enclosing marks change how a character looks, not which one it is.
const INVISIBLE = /[\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}\p{Me}]|\u200C|\u200D/gu;
const NOT_IN_A_SLUG = /[^\p{L}\p{M}\p{N}]+/gu;
const SLUG = /^[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*$/u;
const ASCII_SLUG = /^[a-z0-9-]+$/;

// Capital Σ has two small letters, by where it stands. So both are put where they belong, or "ΟΔΟΣ" and "οδοσ" would differ.
const FINAL_SIGMA = /(?<=\p{L}\p{M}*)σ(?![\p{L}\p{M}])/gu;
const MEDIAL_SIGMA = /ς(?=[\p{L}\p{M}])/gu;

/**
 * The one place where names are folded (never in SQL, whose lower-casing differs from database to database):
 * NFC, lower case, NFC again, and without the characters that only change a glyph's look.
 */
export function foldName(text: string): string {
  if (ASCII_SLUG.test(text)) return text;
  // Twice: lower-casing "İ" leaves a combining dot behind, and a removed joiner can let neighbours compose.
  const lower = text.normalize("NFC").toLowerCase().replace(INVISIBLE, "").normalize("NFC").toLowerCase().normalize("NFC");
  return lower.replace(MEDIAL_SIGMA, "σ").replace(FINAL_SIGMA, "ς");
}

/**
 * Makes a slug from a title: letters, marks and digits of every script stay, everything else becomes one hyphen.
 *
 * @returns "" when nothing of the text can stand in a slug ("!?", an emoji); the caller then uses the node's id
 */
export function slugify(text: string): string {
  return cut(foldName(text).replace(NOT_IN_A_SLUG, "-").replace(/^-|-$/g, ""), SLUG_LIMIT);
}

/** Whether the text is a slug already, in its one canonical spelling. */
export function isSlug(text: string): boolean {
  return SLUG.test(text) && foldName(text) === text && [...text].length <= SLUG_LIMIT;
}

/**
 * The slug itself if it is free, else `-2`, `-3` and so on.
 *
 * @param isTaken asked once for each candidate
 */
export function freeSlug(slug: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(slug)) return slug;
  for (let number = 2; ; number += 1) {
    const candidate = numberedSlug(slug, number);
    if (!isTaken(candidate)) return candidate;
  }
}

/** `slug-2`; a long slug is cut so that the number still fits. */
export function numberedSlug(slug: string, number: number): string {
  const ending = `-${number}`;
  return cut(slug, SLUG_LIMIT - ending.length) + ending;
}

function cut(slug: string, codePoints: number): string {
  if (slug.length <= codePoints) return slug;
  // Folded again: what stood within a word may now end it.
  return foldName([...slug].slice(0, codePoints).join("").replace(/-$/, ""));
}

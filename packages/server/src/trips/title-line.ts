const VISIBLE = /[^\s\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A title as the record keeps it: NFC, one line. Empty where nothing of it can be seen (zero-width characters, say): a
 * link of that name could be neither seen nor heard.
 */
export function titleLine(title: string): string {
  const line = title
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return VISIBLE.test(line) ? line : "";
}

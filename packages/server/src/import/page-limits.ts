import { TITLE_LIMIT } from "../trips/edits.ts";
import { BODY_LIMIT_BYTES } from "../trips/service.ts";
import { titleLine } from "../trips/title-line.ts";
import type { ImportNote } from "../trips/types.ts";

/** A title as the record keeps it, cut where it is too long; empty where there is nothing to see. */
export function fitTitle(title: string, file: string, note: (note: ImportNote) => void): string {
  const line = titleLine(title);
  if (line.length <= TITLE_LIMIT) return line;
  note({ kind: "truncated", file, message: `The title "${line.slice(0, 40)}..." was cut to ${TITLE_LIMIT} characters.` });
  return line
    .slice(0, TITLE_LIMIT)
    .replace(/[\uD800-\uDBFF]$/, "")
    .trim();
}

/** A text that is too large for one page, up to the last line that fits. Before its links are read, since that takes time, and after, since they grow. */
export function fitBody(body: string, file: string, note: (note: ImportNote) => void): string {
  const bytes = Buffer.from(body);
  if (bytes.length <= BODY_LIMIT_BYTES) return body;
  note({
    kind: "truncated",
    file,
    message: `The text is larger than ${BODY_LIMIT_BYTES / 1024} KiB; its end was left out. Make it into several pages.`,
  });
  const lineEnd = bytes.lastIndexOf("\n", BODY_LIMIT_BYTES - 1);
  // One endless line: cut between two characters of UTF-8.
  let end = lineEnd === -1 ? BODY_LIMIT_BYTES : lineEnd + 1;
  while (lineEnd === -1 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}

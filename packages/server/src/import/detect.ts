import { QRCardsError } from "../errors.ts";
import { isMarkdown } from "./links/page-index.ts";
import type { SourceTree } from "./source-tree.ts";

export type Format = "mdbook" | "folder" | "json";

/**
 * Which reader a source is for.
 *
 * @throws QRCardsError `import-refused` when there is nothing to read
 */
export function detectFormat(source: SourceTree): Format {
  const paths = new Set(source.paths);
  if (["book.toml", "src/SUMMARY.md", "SUMMARY.md"].some((path) => paths.has(path))) return "mdbook";
  if (source.paths.length === 1 && source.paths[0]!.toLowerCase().endsWith(".json")) return "json";
  if (source.paths.some(isMarkdown)) return "folder";
  throw new QRCardsError("import-refused", `"${source.name}" holds no Markdown, no mdBook and no export of QRCards.`);
}

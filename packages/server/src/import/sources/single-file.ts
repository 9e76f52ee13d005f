import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { QRCardsError } from "../../errors.ts";
import { checkEntryName } from "../entry-name.ts";
import type { SourceLimits, SourceTree } from "../source-tree.ts";

/** An exported JSON file or one page of Markdown: a tree of one file. */
export async function openSingleFile(location: string, limits: SourceLimits): Promise<SourceTree> {
  const name = checkEntryName(path.basename(location));
  const { size } = await stat(location);
  if (size > limits.totalBytes) throw new QRCardsError("import-refused", `"${name}" has more than ${limits.totalBytes} bytes.`);
  const bytes = await readFile(location);
  return {
    name: path.parse(name).name,
    paths: [name],
    limits,
    async read(wanted) {
      if (wanted !== name) throw new QRCardsError("import-refused", `The source has no file "${wanted}".`);
      return bytes;
    },
    close: async () => {},
  };
}

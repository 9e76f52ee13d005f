import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** Real books, beside the project or where QRCARDS_CORPORA says; undefined where they are not. */
export function findCorpus(name: string): string | undefined {
  const folder = process.env.QRCARDS_CORPORA ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
  const corpus = path.join(folder, name);
  return existsSync(corpus) ? corpus : undefined;
}

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Library } from "./world.ts";

/** One edit of the library's source. `find` must occur exactly once, so a mutant cannot silently become the original. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The library with one sentence of its algorithm taken out, which stands for a mistake that is easily made. */
export interface Mutant {
  readonly mistake: string;
  readonly edits: readonly Edit[];
}

/** By short names. */
export type Mutants = Readonly<Record<string, Mutant>>;

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));
const MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** Runs `use` with the library as it is after `edits`. */
export function withEdits<T>(edits: readonly Edit[], use: (library: Library) => Promise<T>): Promise<T> {
  return withEditedSource(SOURCE, edits, async (url) => use((await import(`${url}index.ts`)) as Library));
}

/** Runs `use` with the URL of a patched copy of a package's source, which is removed afterwards. */
export async function withEditedSource<T>(source: string, edits: readonly Edit[], use: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "qrcards-mutant-"));
  try {
    cpSync(source, join(folder, "src"), { recursive: true });
    symlinkSync(MODULES, join(folder, "node_modules"), "junction");
    for (const { file, find, replace } of edits) {
      const path = join(folder, "src", file);
      const parts = readFileSync(path, "utf8").split(find);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
      writeFileSync(path, parts.join(replace));
    }
    return await use(pathToFileURL(join(folder, "src/")).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

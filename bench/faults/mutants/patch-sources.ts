import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One edit of the product's source. `find` must occur exactly once, so that a mutant cannot silently become the original. */
export interface SourceEdit {
  /** Below `packages`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** What a server needs of the repository, besides what is installed. */
const COPIED = ["package.json", "packages/cache/package.json", "packages/cache/src", "packages/server/package.json", "packages/server/src"];

/** Runs `use` with a copy of the product as it is after `edits`, which is removed afterwards. */
export async function withPatchedSources<T>(edits: readonly SourceEdit[], use: (sources: string) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), "qrcards-mutant-"));
  try {
    for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    linkModules(copy);
    for (const { file, find, replace } of edits) {
      const path = join(copy, "packages", file);
      const parts = readFileSync(path, "utf8").split(find);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
      writeFileSync(path, parts.join(replace));
    }
    return await use(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** All that is installed, but of our own packages the copies. */
function linkModules(copy: string): void {
  const own = new Set(["@qrcards", "qrcards"]);
  const modules = join(copy, "node_modules");
  mkdirSync(join(modules, "@qrcards"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (!own.has(name)) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  symlinkSync(join(copy, "packages/cache"), join(modules, "@qrcards/cache"));
  symlinkSync(join(copy, "packages/server"), join(modules, "qrcards"));
  symlinkSync(join(ROOT, "packages/server/node_modules"), join(copy, "packages/server/node_modules"));
}

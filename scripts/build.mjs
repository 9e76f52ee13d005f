// `npm run build`: compiles the packages to dist/ for publishing. Development needs no build.

import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./launcher/npm.mjs";
import { runTool } from "./steps.mjs";

/** In this order: each sees the built types of those before it. */
const PACKAGES = ["cache", "server", "web"];

/**
 * @param {readonly string[]} [names] default: all
 * @returns {Promise<boolean>} whether they were built
 */
export async function build(names = PACKAGES) {
  for (const name of names) {
    const folder = join(ROOT, "packages", name);
    rmSync(join(folder, "dist"), { recursive: true, force: true });
    if ((await runTool("tsc", ["-p", folder])) !== 0) return false;
    copyAssets(join(folder, "src"), join(folder, "dist"));
  }
  return true;
}

/** Style sheets, fonts and the like go along: all that is not TypeScript. @param {string} from @param {string} to */
function copyAssets(from, to) {
  const entries = readdirSync(from, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"))) {
    const path = join(parentPath, name);
    cpSync(path, join(to, path.slice(from.length)));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await build()) ? 0 : 1;

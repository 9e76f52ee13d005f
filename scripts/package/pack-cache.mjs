import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../build.mjs";
import { ROOT, runNpm } from "../launcher/npm.mjs";

/** @typedef {{ "qrcards-source": string, types: string, default: string }} Door what stands for one path that others can import */

/**
 * @typedef {object} Manifest the parts of its package.json that we read
 * @property {string} name
 * @property {Record<string, Door | string>} exports
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/**
 * @typedef {object} Packed the cache as a stranger gets it
 * @property {string} tarball what `npm publish` would send
 * @property {string} app a stranger's folder, in whose node_modules the package lies; nothing else does, no client either
 * @property {string} folder of the package in it
 * @property {Manifest} manifest
 */

/**
 * Builds and packs @qrcards/cache, installs it into a folder that knows nothing of this repository, and deletes that again.
 *
 * @template T
 * @param {(packed: Packed) => Promise<T>} use
 * @returns {Promise<T>}
 * @throws when it cannot be built or packed
 */
export async function withPackedCache(use) {
  if (!(await build(["cache"]))) throw new Error("@qrcards/cache could not be built; see above");
  const temporary = mkdtempSync(join(tmpdir(), "qrcards-package-"));
  try {
    runNpm(["pack", "--silent", "--pack-destination", temporary, join(ROOT, "packages", "cache")], temporary, process.execPath);
    return await use(install(temporary));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** As `npm install` unpacks it, without asking a registry. @param {string} temporary @returns {Packed} */
function install(temporary) {
  const source = JSON.parse(readFileSync(join(ROOT, "packages", "cache", "package.json"), "utf8"));
  const tarball = join(temporary, `qrcards-cache-${source.version}.tgz`);
  const app = join(temporary, "app");
  const folder = join(app, "node_modules", "@qrcards", "cache");
  mkdirSync(join(app, "node_modules", "@qrcards"), { recursive: true });
  const { status, stderr } = spawnSync("tar", ["-xzf", tarball, "-C", temporary], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${tarball} could not be unpacked: ${stderr}`);
  cpSync(join(temporary, "package"), folder, { recursive: true });
  return { tarball, app, folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) };
}

/** The doors that lead to code: `./package.json` does not. @param {Manifest} manifest @returns {[path: string, door: Door][]} */
export function listDoors({ exports }) {
  return Object.entries(exports).flatMap(([path, door]) => (typeof door === "string" ? [] : [[path, door]]));
}

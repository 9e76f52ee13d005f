import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installOnce } from "./install-once.mjs";
import { ROOT, runNpm, say } from "./npm.mjs";

/** Installs exactly what package-lock.json says, unless that is what is there. @param {string} nodeBinary */
export function installDependencies(nodeBinary) {
  installOnce(isInstalled, () => {
    say("Installing dependencies (npm ci) ...");
    runNpm(["ci", "--no-audit", "--no-fund"], ROOT, nodeBinary);
  });
}

/**
 * Whether node_modules holds what the lock file asks for, however it got there: npm notes what it installed at the end of
 * each install, in a lock file of the same shape.
 *
 * @param {string} [root]
 */
export function isInstalled(root = ROOT) {
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(join(root, "node_modules", ".package-lock.json"));
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (!path.includes("node_modules/")) return true; // a workspace itself
    const found = present[path];
    if (found === undefined) return optional === true; // made for another platform
    return found.version === version && found.integrity === integrity;
  });
}

/** @param {string} path @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return {};
    throw error;
  }
}

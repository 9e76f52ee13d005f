import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..");
const LOCK = join(FOLDER, "package-lock.json");
/** npm writes it when it is done. */
const INSTALLED = join(FOLDER, "node_modules", ".package-lock.json");

/** Installs the caches that ours is compared with, by their own lock file, unless that was done since it last changed. */
export function installPeers(): void {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs) return;
  console.error("Installing the caches to compare with (npm ci in bench/peers) ...");
  const { status } = spawnSync("npm", ["ci", "--no-fund", "--no-audit"], {
    cwd: FOLDER,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("The caches to compare with could not be installed.");
}

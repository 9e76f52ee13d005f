import { installDebianPackage } from "./debian-package.mjs";
import { findExecutable, isExecutable } from "./find-executable.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/**
 * @returns {string | undefined}
 * @throws when CHROMIUM_PATH names no executable: another browser than the wanted one would be a surprise
 */
export function findChromium() {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted) {
    if (!isExecutable(wanted)) throw new Error(`CHROMIUM_PATH is "${wanted}", which is no executable file.`);
    return wanted;
  }
  const found = findExecutable(NAMES) ?? (isExecutable(MACOS) ? MACOS : undefined);
  if (found !== undefined || !installDebianPackage("chromium")) return found;
  return findExecutable(NAMES);
}

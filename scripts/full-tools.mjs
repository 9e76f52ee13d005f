import { join } from "node:path";
import { isInstalled } from "./launcher/install-dependencies.mjs";
import { installOnce } from "./launcher/install-once.mjs";
import { ROOT, runNpm, say } from "./launcher/npm.mjs";

const FOLDER = join(ROOT, "scripts", "full-tools");

/**
 * A tool that only the full test run needs. They are too heavy for everybody's `npm ci`, so they have a folder and a lock file
 * of their own and are installed at the first use.
 *
 * @param {"attw" | "stryker"} name
 * @returns {string} the path of its command
 */
export function getFullTool(name) {
  installOnce(
    () => isInstalled(FOLDER),
    () => {
      say("Installing the tools of the full test run (once) ...");
      runNpm(["ci", "--no-audit", "--no-fund"], FOLDER, process.execPath);
    },
  );
  return join(FOLDER, "node_modules", ".bin", name);
}

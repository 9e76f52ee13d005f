import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const WINDOWS = process.platform === "win32";

/** Something that the person in front of the terminal can mend; the message says how. */
export class LaunchError extends Error {}

/** Progress goes to stderr, so that `--json` on stdout stays clean. @param {string} message */
export function say(message) {
  process.stderr.write(`${message}\n`);
}

/**
 * Our environment with a Node, and the tools that the project installs, first in PATH.
 *
 * @param {string} nodeBinary
 * @returns {NodeJS.ProcessEnv}
 */
export function withNodeFirst(nodeBinary) {
  const path = [dirname(nodeBinary), join(ROOT, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter);
  return { ...process.env, PATH: path };
}

/**
 * Runs npm to its end. Its output shows as it comes where a person watches, else only when it fails.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {string} nodeBinary the Node that npm runs on
 */
export function runNpm(args, cwd, nodeBinary) {
  const output = process.stderr.isTTY ? 2 : "pipe";
  const { error, status, stdout, stderr } = spawnSync("npm", args, {
    cwd,
    env: withNodeFirst(nodeBinary),
    shell: WINDOWS,
    stdio: ["ignore", output, output],
    encoding: "utf8",
  });
  if (error) throw new LaunchError(`npm could not be started: ${error.message}\nInstall npm (it comes with Node) and run this again.`);
  if (status !== 0) {
    throw new LaunchError(
      `\`npm ${args.join(" ")}\` failed (exit code ${status}).\n${stdout ?? ""}${stderr ?? ""}\n` +
        "Check the network and npm's registry setting, then run this again; it starts over by itself.",
    );
  }
}

#!/usr/bin/env node
// The launcher behind `npm start`, `npm test` and the `qrcards` command of a checkout.
// Plain JavaScript for Node 18 and newer, and no installed module: it runs before anything is installed.
//
// It makes sure that Node 24 or newer is there (from npm, beside the project, where the machine's own is older), that
// the dependencies match the lock file, and then hands over to that Node with it first in PATH.

import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchNode } from "./launcher/fetch-node.mjs";
import { installDependencies } from "./launcher/install-dependencies.mjs";
import { LaunchError, ROOT, say, WINDOWS, withNodeFirst } from "./launcher/npm.mjs";

/** The oldest Node that the product runs on: `node:sqlite` without a flag, type stripping, zstd. */
const NODE_MAJOR = 24;
/** Workspaces resolve to their TypeScript sources, so there is no build step in development. */
const CONDITION = "--conditions=qrcards-source";

const USAGE = `usage: node scripts/launch.mjs COMMAND
  start [args]         start the product with the demo trip
  test [args]          run every check and test
  qrcards [args]       the command line
  exec TOOL [args]     any tool, under the right Node`;

const CLI = join(ROOT, "packages", "server", "src", "cli", "main.ts");

/** What each command runs; `node` is the right Node. @type {Record<string, (args: string[]) => string[]>} */
const COMMANDS = {
  start: (args) => ["node", CLI, "serve", "--demo", "--workers", "1", ...args],
  test: (args) => ["node", join(ROOT, "scripts", "test.mjs"), ...args],
  qrcards: (args) => ["node", CLI, ...args],
  exec: (args) => args,
};

/** @param {string[]} argv the command and its arguments */
export function main(argv) {
  const [name = "", ...args] = argv;
  const [tool, ...toolArgs] = Object.hasOwn(COMMANDS, name) ? (COMMANDS[name]?.(args) ?? []) : [];
  try {
    if (tool === undefined) throw new LaunchError(USAGE);
    const ownIsEnough = Number(process.versions.node.split(".")[0]) >= NODE_MAJOR;
    const node = ownIsEnough ? process.execPath : fetchNode(NODE_MAJOR, join(ROOT, ".tools"));
    installDependencies(node);
    handOver(node, tool, toolArgs);
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

/**
 * Runs the tool on the same terminal, passes signals on, and ends as it ends.
 *
 * @param {string} node
 * @param {string} tool
 * @param {string[]} args
 */
function handOver(node, tool, args) {
  const env = withNodeFirst(node);
  if (!env.NODE_OPTIONS?.includes(CONDITION)) env.NODE_OPTIONS = `${env.NODE_OPTIONS ?? ""} ${CONDITION}`.trim();
  // The product's data of a checkout live in it, wherever the command is called from.
  env.QRCARDS_DATA ??= join(ROOT, "data");
  const child = spawn(tool === "node" ? node : tool, args, { stdio: "inherit", env, shell: WINDOWS && tool !== "node" });
  // A terminal's Ctrl-C reaches the child by itself. In each case we stay until it has finished its work.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP"])) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    say(`${tool} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main(process.argv.slice(2));

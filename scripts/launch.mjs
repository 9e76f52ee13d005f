#!/usr/bin/env node
// The launcher behind `npm start`, `npm test` and the `qrcards` command of a checkout.
// Plain JavaScript for Node 18 and newer, and no installed module: it runs before anything is installed.
//
//   node scripts/launch.mjs start [args]        start the product with the demo trip
//   node scripts/launch.mjs test [args]         run every check and test
//   node scripts/launch.mjs qrcards [args]      the command line
//   node scripts/launch.mjs exec <bin> [args]   any tool, under the right Node
//
// It makes sure that Node 24 or newer is there (from npm, beside the project, where the machine's own is older), that
// the dependencies match the lock file, and then hands over to that Node with it first in PATH.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** The oldest Node that the product runs on: `node:sqlite` without a flag, type stripping, zstd. */
const NODE_MAJOR = 24;
/** Fetched where the machine's own Node is older. Pinned, so that two machines run the same. */
const NODE_VERSION = "24.21.0";
const WINDOWS = process.platform === "win32";

/** Progress goes to stderr, so that `--json` on stdout stays clean. */
function say(message) {
  process.stderr.write(`${message}\n`);
}

function fail(message) {
  say(`\n${message}\n`);
  process.exit(1);
}

/** Runs npm to its end; its output is shown only when it fails, or as it comes where a person watches. */
function npm(args, cwd, nodeBinary) {
  const result = spawnSync("npm", args, {
    cwd,
    env: withNodeFirst(nodeBinary),
    shell: WINDOWS,
    stdio: ["ignore", process.stderr.isTTY ? 2 : "pipe", process.stderr.isTTY ? 2 : "pipe"],
    encoding: "utf8",
  });
  if (result.error) fail(`npm could not be started: ${result.error.message}\nInstall npm (it comes with Node) and run this again.`);
  if (result.status !== 0) {
    fail(
      `\`npm ${args.join(" ")}\` failed (exit code ${result.status}).\n${result.stdout ?? ""}${result.stderr ?? ""}\nCheck the network and the npm registry settings, then run this again; nothing is left half-done.`,
    );
  }
}

function withNodeFirst(nodeBinary) {
  const path = [dirname(nodeBinary), join(ROOT, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter);
  return { ...process.env, PATH: path };
}

/** @returns {string} the path of a Node binary that is new enough */
function ensureNode() {
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR) return process.execPath;
  const name = `node-${WINDOWS ? "win" : process.platform}-${process.arch}`;
  const folder = join(ROOT, ".tools", "node_modules", name);
  const binary = join(folder, "bin", WINDOWS ? "node.exe" : "node");
  const version = existsSync(join(folder, "package.json")) ? JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version : undefined;
  if (version === NODE_VERSION && existsSync(binary)) return binary;

  say(`This machine has Node ${process.versions.node}; QRCards needs ${NODE_MAJOR} or newer. Fetching Node ${NODE_VERSION} from npm into .tools (once) ...`);
  mkdirSync(join(ROOT, ".tools"), { recursive: true });
  // A package.json of its own keeps npm from climbing up to the workspace.
  writeFileSync(join(ROOT, ".tools", "package.json"), `${JSON.stringify({ private: true })}\n`);
  npm(["install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", `${name}@${NODE_VERSION}`], join(ROOT, ".tools"), process.execPath);
  if (!existsSync(binary)) fail(`npm has no Node ${NODE_VERSION} for ${process.platform}-${process.arch}. Install Node ${NODE_MAJOR} or newer by hand (https://nodejs.org) and run this again.`);
  return binary;
}

/** Installs exactly what the lock file says, once for each version of the lock file. */
function ensureInstalled(nodeBinary) {
  const stamp = join(ROOT, "node_modules", ".qrcards-installed");
  const wanted = createHash("sha256").update(readFileSync(join(ROOT, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  // Two starts at once must not install into one folder at once.
  const lock = join(ROOT, ".tools", "install.lock");
  mkdirSync(dirname(lock), { recursive: true });
  const release = acquire(lock);
  try {
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
    say("Installing dependencies (npm ci) ...");
    npm(["ci", "--no-audit", "--no-fund"], ROOT, nodeBinary);
    const partial = `${stamp}.${process.pid}`;
    writeFileSync(partial, wanted);
    renameSync(partial, stamp);
  } finally {
    release();
  }
}

/** A lock file with the owner's process id; one whose owner is gone is taken over. */
function acquire(lock) {
  const deadline = Date.now() + 300_000;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    let owner = 0;
    try {
      owner = Number(readFileSync(lock, "utf8"));
    } catch {
      continue; // released in between
    }
    if (!isRunning(owner)) rmSync(lock, { force: true });
    else if (Date.now() > deadline) fail(`Another install (process ${owner}) has held ${lock} for five minutes. End it, or delete that file, and run this again.`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function isRunning(pid) {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Hands over: same terminal, signals passed on, its exit code is ours. */
function handOver(nodeBinary, command, args) {
  const env = withNodeFirst(nodeBinary);
  // Workspaces resolve to their TypeScript sources, so there is no build step in development.
  env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --conditions=qrcards-source`.trim();
  if (process.env.INIT_CWD) env.INIT_CWD = process.env.INIT_CWD;
  const child = spawn(command, args, { stdio: "inherit", env, shell: WINDOWS && command !== nodeBinary });
  // A terminal's Ctrl-C reaches the child by itself; waiting for it lets it finish its work.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => fail(`${command} could not be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal) process.exitCode = 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0);
    else process.exitCode = code ?? 1;
  });
}

const CLI = join(ROOT, "packages", "server", "src", "cli", "main.ts");

export function main(argv) {
  const [mode, ...args] = argv;
  const node = ensureNode();
  ensureInstalled(node);
  process.env.QRCARDS_DATA ??= join(ROOT, "data");
  if (mode === "start") handOver(node, node, [CLI, "serve", "--demo", ...args]);
  else if (mode === "test") handOver(node, node, [join(ROOT, "scripts", "test.mjs"), ...args]);
  else if (mode === "qrcards") handOver(node, node, [CLI, ...args]);
  else if (mode === "exec" && args[0] === "node") handOver(node, node, args.slice(1));
  else if (mode === "exec" && args.length > 0) handOver(node, args[0], args.slice(1));
  else fail("usage: node scripts/launch.mjs start | test | qrcards | exec <tool> [arguments]");
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) main(process.argv.slice(2));

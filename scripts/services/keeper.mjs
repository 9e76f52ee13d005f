// Keeps a service alive for as long as its starter lives: node keeper.mjs <JSON of steps, folder, stopSignal, user>
//
// The steps run one after another; the last one is the service. The starter holds the other end of our stdin. When that
// closes, however the starter ended (done, Ctrl-C, killed), what runs is stopped and the folder deleted. So nothing is left
// behind, and no other code has to think of it.

import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

const STOP_LIMIT_MS = 5_000;
const { steps, folder, stopSignal, user } = JSON.parse(process.argv[2] ?? "{}");

/** @type {import("node:child_process").ChildProcess} */
let running;
let stopping = false;

/** @param {string[][]} steps */
function run([[command = "", ...args] = [], ...later]) {
  running = spawn(command, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"], ...user });
  running.on("exit", (code) => (code === 0 && later.length > 0 && !stopping ? run(later) : finish()));
  running.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    finish();
  });
}

function stop() {
  if (stopping) return;
  stopping = true;
  running.kill(stopSignal);
  setTimeout(() => running.kill("SIGKILL"), STOP_LIMIT_MS).unref();
}

function finish() {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(stopping ? 0 : 1);
}

run(steps);
// A starter that was killed closes its ends of our output too: what the service still says then has no reader.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
process.stdin.on("close", stop).resume();

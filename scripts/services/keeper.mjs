// Keeps one service alive for as long as its starter lives: node keeper.mjs <JSON of command, args, folder, stopSignal, user>
//
// The starter holds the other end of our stdin. When it closes, however the starter ended (done, Ctrl-C, killed), the
// service is stopped and its folder deleted. So nothing is left behind, and no other code has to think of it.

import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

const STOP_LIMIT_MS = 5_000;
const { command, args, folder, stopSignal, user } = JSON.parse(process.argv[2] ?? "{}");

const service = spawn(command, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"], ...user });
let stopping = false;

function stop() {
  if (stopping) return;
  stopping = true;
  service.kill(stopSignal);
  setTimeout(() => service.kill("SIGKILL"), STOP_LIMIT_MS).unref();
}

function finish() {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(stopping ? 0 : 1);
}

service.on("exit", finish);
service.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  finish();
});
// A starter that was killed closes its ends of our output too: what the service still says then has no reader.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
process.stdin.on("close", stop).resume();

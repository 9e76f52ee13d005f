import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const KEEPER = fileURLToPath(new URL("./keeper.mjs", import.meta.url));
const START_LIMIT_MS = 60_000;
/** The end of a service's output is kept: enough to show why it did not start. */
const OUTPUT_LIMIT_CHARS = 8_000;

/**
 * @typedef {object} ServiceOptions
 * @property {string} name for messages
 * @property {string[][]} steps commands with their arguments, one after another; the last one is the service
 * @property {string} folder their working directory; deleted when the service has ended
 * @property {RegExp} ready what the service prints once it can be used
 * @property {NodeJS.Signals} stopSignal
 * @property {{ uid: number, gid: number } | undefined} [user] as whom they run; default: as we do
 */

/**
 * Starts a service under a keeper process, which stops it when we end, however we end.
 *
 * @param {ServiceOptions} options
 * @returns {Promise<() => Promise<void>>} stops the service; settles when its folder is gone
 * @throws when it ends, or is not ready within a minute; the message has what it printed
 */
export async function startService({ name, steps, folder, ready, stopSignal, user }) {
  // Detached: a terminal's Ctrl-C goes to its whole group, and must not end the service before the tests that use it.
  const keeper = spawn(process.execPath, [KEEPER, JSON.stringify({ steps, folder, stopSignal, user })], { detached: true });
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => keeper.on("close", () => resolve()));
  const stop = () => {
    keeper.stdin.destroy();
    return ended;
  };

  let output = "";
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    await new Promise((resolve, reject) => {
      keeper.on("error", reject);
      keeper.on("close", () => reject(new Error("it ended while it started")));
      timer = setTimeout(() => reject(new Error(`it was not ready after ${START_LIMIT_MS / 1000} s`)), START_LIMIT_MS);
      for (const stream of [keeper.stdout, keeper.stderr]) {
        // Read on to the end: a service whose output nobody takes stands still once the pipe is full.
        stream.setEncoding("utf8").on("data", (chunk) => {
          output = (output + chunk).slice(-OUTPUT_LIMIT_CHARS);
          if (ready.test(output)) resolve(undefined);
        });
      }
    });
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${/** @type {Error} */ (error).message}.\n${output}`);
  } finally {
    clearTimeout(timer);
  }
  return stop;
}

/** @param {string} name */
export function makeServiceFolder(name) {
  return mkdtempSync(join(tmpdir(), `qrcards-${name}-`));
}

/** @returns {Promise<number>} a TCP port of the loopback interface that was free a moment ago */
export function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

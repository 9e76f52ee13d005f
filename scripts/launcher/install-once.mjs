import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LaunchError, ROOT } from "./npm.mjs";

const LOCK = join(ROOT, ".tools", "install.lock");
const WAIT_LIMIT_MS = 300_000;
const PAUSE_MS = 200;

/**
 * Installs unless that has been done; never while another process installs into the same checkout.
 *
 * @param {() => boolean} isDone
 * @param {() => void} install
 */
export function installOnce(isDone, install) {
  if (isDone()) return;
  const release = acquireLock(LOCK);
  try {
    if (!isDone()) install();
  } finally {
    release();
  }
}

/**
 * Takes a lock file, which holds its owner's process id. Waits while the owner runs, and takes over from one that is gone.
 *
 * @param {string} path
 * @param {number} [waitLimitMs] default: five minutes
 * @returns {() => void} gives the lock back
 * @throws LaunchError when a living owner keeps it for longer
 */
export function acquireLock(path, waitLimitMs = WAIT_LIMIT_MS) {
  mkdirSync(dirname(path), { recursive: true });
  const release = () => rmSync(path, { force: true });
  const deadline = Date.now() + waitLimitMs;
  for (;;) {
    if (createLock(path)) return release;
    const owner = readOwner(path);
    if (owner === undefined) continue; // given back in between
    if (!isRunning(owner)) {
      // Several may see this at once. The last one to replace the file has the lock, so look again before believing it.
      writeFileSync(`${path}.${process.pid}`, String(process.pid));
      renameSync(`${path}.${process.pid}`, path);
      pause();
      if (readOwner(path) === process.pid) return release;
    } else if (Date.now() >= deadline) {
      throw new LaunchError(
        `Another install (process ${owner}) holds ${path}. Wait for it, or delete that file if it is stuck; then run this again.`,
      );
    } else {
      pause();
    }
  }
}

/** @param {string} path */
function createLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} path @returns {number | undefined} 0: the owner is about to write it */
function readOwner(path) {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {number} owner */
function isRunning(owner) {
  if (owner === 0) return true;
  // We do not have it: an owner of before, in another container or before a restart, had the same id.
  if (owner === process.pid) return false;
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

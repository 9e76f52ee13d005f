import { spawnSync } from "node:child_process";
import { findExecutable } from "./find-executable.mjs";

/**
 * Installs a Debian package where that needs no question: as root, with `apt-get` there.
 *
 * @param {string} name
 * @returns {boolean} whether it was installed
 * @throws when apt-get failed; the message has what it printed
 */
export function installDebianPackage(name) {
  if (process.getuid?.() !== 0 || findExecutable(["apt-get"]) === undefined) return false;
  process.stderr.write(`Installing the Debian package ${name} (once) ...\n`);
  const options = ["-q", "-o", "DPkg::Lock::Timeout=300"];
  // The lists may be absent or old on a fresh machine. A mirror that fails need not stop the install, so only that counts.
  runAsRoot("apt-get", [...options, "update"]);
  const { status, output } = runAsRoot("apt-get", [...options, "install", "--yes", "--no-install-recommends", name]);
  if (status !== 0) throw new Error(`\`apt-get install ${name}\` failed (exit code ${status}).\n${output}`);
  return true;
}

/** Stops what a package's install started, now and for the next boot. @param {string} service */
export function disableDebianService(service) {
  runAsRoot("invoke-rc.d", [service, "stop"]);
  runAsRoot("update-rc.d", [service, "disable"]);
}

/** @param {string} command @param {string[]} args */
function runAsRoot(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    // Package scripts and services are in the administrator's folders, which PATH may lack.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, output: `${stdout}${stderr}` };
}

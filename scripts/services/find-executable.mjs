import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * @param {readonly string[]} names the first that is there wins
 * @param {readonly string[]} folders default: those of PATH
 * @returns {string | undefined} the path of the executable
 */
export function findExecutable(names, folders = (process.env.PATH ?? "").split(delimiter)) {
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Installs a Debian package where that needs no question: as root, with `apt-get` there.
 *
 * @param {string} packageName
 * @returns {boolean} whether it was installed
 * @throws when apt-get failed; the message has what it printed
 */
export function installDebianPackage(packageName) {
  const aptGet = findExecutable(["apt-get"]);
  if (aptGet === undefined || process.getuid?.() !== 0) return false;
  process.stderr.write(`Installing the Debian package ${packageName} (once) ...\n`);
  // The lists may be absent or old on a fresh machine. One mirror that fails need not stop the install, so only that counts.
  runApt(aptGet, ["update"]);
  const { status, output } = runApt(aptGet, ["install", "--yes", "--no-install-recommends", packageName]);
  if (status !== 0) throw new Error(`\`apt-get install ${packageName}\` failed (exit code ${status}).\n${output}`);
  return true;
}

/** @param {string} aptGet @param {string[]} args */
function runApt(aptGet, args) {
  const { status, stdout, stderr } = spawnSync(aptGet, ["-q", "-o", "DPkg::Lock::Timeout=300", ...args], {
    encoding: "utf8",
    // Package scripts need the administrator's folders, which a service's or a cron job's PATH may lack.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, output: `${stdout}${stderr}` };
}

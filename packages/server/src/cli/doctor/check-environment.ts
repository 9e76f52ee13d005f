import { once } from "node:events";
import { access, constants, rm, stat, statfs, writeFile } from "node:fs/promises";
import { createServer, isIPv4 } from "node:net";
import { dirname, join } from "node:path";
import type { Config } from "../../config.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const NODE_MAJOR = 24;
const LEAST_FREE_BYTES = 512 * 2 ** 20;

export function checkNode(version: string = process.versions.node): Check {
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return ok("Node", version);
  return fail(
    "Node",
    `${version} is too old`,
    `Install Node ${NODE_MAJOR} or newer (https://nodejs.org), or start with \`npm start\`, which fetches it.`,
  );
}

/** The folder of the SQLite file. */
export async function checkDataFolder(filename: string): Promise<Check> {
  const name = "Data folder";
  const folder = dirname(filename);
  if (!(await exists(folder))) return ok(name, `${folder} is not there yet; the first start makes it`);
  const probe = join(folder, `.qrcards-doctor-${process.pid}`);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    await writeFile(probe, "");
    await rm(probe);
  } catch (error) {
    return fail(
      name,
      `${folder} cannot be written to (${(error as NodeJS.ErrnoException).code})`,
      "Give this user the right to write there, or name another folder by QRCARDS_DATA.",
    );
  }
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const free = `${(freeBytes / 2 ** 30).toFixed(1)} GiB free`;
  if (freeBytes < LEAST_FREE_BYTES)
    return warn(name, `${folder}: ${free}`, "Make room on this disk: an import and SQLite's log need some.");
  return ok(name, `${folder}, ${free}`);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether what is printed on cards will reach this server from anybody's phone. */
export function checkPublicUrl({ publicUrl, publicUrlIsSet }: Config): Check {
  const name = "Public address";
  if (!publicUrlIsSet) {
    return warn(
      name,
      `PUBLIC_URL is not set: cards carry ${publicUrl}`,
      "Set PUBLIC_URL to the address under which readers reach this server, before you print cards.",
    );
  }
  const { hostname, protocol } = new URL(publicUrl);
  if (isThisMachine(hostname))
    return warn(name, `${publicUrl} is this machine only`, "A phone cannot reach it: set PUBLIC_URL to a name or address that it can.");
  if (isPrivate(hostname))
    return warn(
      name,
      `${publicUrl} is reached from this network only`,
      "Good for a trial or an event in this network; printed cards should carry a name of your own.",
    );
  if (protocol === "http:")
    return warn(name, `${publicUrl} is not encrypted`, "Put a proxy with a certificate in front, and set PUBLIC_URL to https://...");
  return ok(name, publicUrl);
}

function isThisMachine(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    hostname === "0.0.0.0" ||
    (isIPv4(hostname) && hostname.startsWith("127."))
  );
}

/** RFC 1918, RFC 3927 and RFC 4193 addresses, mDNS names, and names without a dot. */
function isPrivate(hostname: string): boolean {
  if (isIPv4(hostname)) return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)/.test(hostname);
  if (hostname.startsWith("[")) return /^\[(f[cd]|fe[89ab])/.test(hostname);
  return hostname.endsWith(".local") || !hostname.includes(".");
}

export async function checkPort({ host, port }: Config): Promise<Check> {
  const name = "Port";
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, "listening");
    return ok(name, `${port} on ${host} is free`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      return warn(
        name,
        `${port} is in use`,
        "Fine if that is this QRCards. Otherwise end what listens there, or take another port: `PORT=3001 npm start`.",
      );
    return fail(
      name,
      `${host}:${port} cannot be listened on (${code})`,
      "Set PORT and HOST to a port and an address that this user may listen on.",
    );
  } finally {
    probe.close();
  }
}

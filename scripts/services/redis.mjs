import { disableDebianService, installDebianPackage } from "./debian-package.mjs";
import { findExecutable } from "./find-executable.mjs";
import { findFreePort, makeServiceFolder, startService } from "./start-service.mjs";

/** @returns {string | undefined} */
function findRedis() {
  const names = ["redis-server", "valkey-server"];
  const found = findExecutable(names);
  if (found !== undefined || !installDebianPackage("redis-server")) return found;
  // The package starts a server of its own, which nobody asked for.
  disableDebianService("redis-server");
  return findExecutable(names);
}

/** @returns {Promise<{ value: string, stop(): Promise<void> } | undefined>} the URL of a Redis of its own, nothing kept on disk */
export async function startRedis() {
  const command = findRedis();
  if (command === undefined) return undefined;
  const folder = makeServiceFolder("redis");
  const port = await findFreePort();
  const service = [command, "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const stop = await startService({ name: "Redis", steps: [service], folder, ready: /Ready to accept connections/, stopSignal: "SIGTERM" });
  return { value: `redis://127.0.0.1:${port}`, stop };
}

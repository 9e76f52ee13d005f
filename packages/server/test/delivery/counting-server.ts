import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServicesOptions } from "../../src/services.ts";

const PROGRAM = fileURLToPath(new URL("./counting-process.ts", import.meta.url));

/** A server in a process of its own. */
export interface CountingServer {
  /** The page's HTML. */
  get(target: string): Promise<string>;
  /** What its database was asked since it started or was last asked for. */
  statements(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function startCountingServer(
  env: Readonly<Record<string, string>>,
  polls: NonNullable<ServicesOptions["polls"]> = {},
): Promise<CountingServer> {
  const child = fork(PROGRAM, { env: { ...process.env, LOG_LEVEL: "silent", POLLS: JSON.stringify(polls), ...env } });
  const [port] = (await once(child, "message")) as [number];
  return {
    get: async (target) => (await fetch(`http://127.0.0.1:${port}${target}`)).text(),
    statements: async () => {
      child.send("statements");
      return ((await once(child, "message")) as [string[]])[0];
    },
    close: async () => {
      child.send("close");
      await once(child, "exit");
    },
  };
}

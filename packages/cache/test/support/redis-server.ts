import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RESP_TYPES, RedisClient } from "@redis/client";
import { findExecutable } from "../../../../scripts/services/find-executable.mjs";
import { findFreePort, makeServiceFolder, startService } from "../../../../scripts/services/start-service.mjs";

/** A client costs 40 ms if the library makes a class for it, see `session.ts`. */
const makeClient = RedisClient.factory();

/** The program, or `undefined` where there is none: `test.skipIf(redisProgram === undefined)`. */
export const redisProgram = findExecutable(["redis-server", "valkey-server"]);

if (redisProgram === undefined) {
  const absent = "Redis is not here: neither `redis-server` nor `valkey-server` in PATH.";
  if (process.env.CI === "true") throw new Error(`${absent} With CI=true that is a failure.`);
  process.stderr.write(`${absent} Its tests are skipped.\n`);
}

export interface RedisServerOptions {
  /** Added to what makes it ours alone: loopback, no dump, no append-only file. The last one of a name wins. */
  readonly args?: readonly string[];
  /** The text of a configuration file, which the server may write to. Default: no file. */
  readonly config?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** What the default user needs. Default: nothing. */
  readonly password?: string;
  /** What it prints once it can be used. Default: that of a server; a Sentinel says something else. */
  readonly ready?: RegExp;
}

/** A Redis or Valkey of the test's own, to be stopped, killed and started again. It ends with the test's process at the latest. */
export interface RedisServer {
  /** With the password, if there is one. */
  readonly url: string;
  readonly port: number;
  /** Its working directory: dumps are here, and outlive `kill` and `restart`. */
  readonly folder: string;
  /** SIGSTOP: connections stay open, and nobody answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL: what was not saved is gone. Resolves when the process has ended. */
  kill(): Promise<void>;
  /** Kills it if it runs, and starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Ends it and deletes its folder. */
  stop(): Promise<void>;
  /** One command, by a connection of its own as the default user. Bulk replies are strings, or buffers if asked for. */
  command(args: readonly string[], replyAs?: "buffers"): Promise<unknown>;
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { args = [], config, password, ready = /Ready to accept connections/ } = options;
  if (redisProgram === undefined) throw new Error("There is no Redis here: skip the test if redisProgram is undefined.");
  const port = options.port ?? (await findFreePort());
  const folder = mkdtempSync(join(tmpdir(), "qrcards-own-redis-"));
  const file = join(folder, "redis.conf");
  if (config !== undefined) writeFileSync(file, config);
  const line = [
    redisProgram,
    ...(config === undefined ? [] : [file]),
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  line.push("--dir", folder, "--pidfile", join(folder, "pid"), ...(password === undefined ? [] : ["--requirepass", password]), ...args);

  let end: (() => Promise<void>) | undefined;
  const start = async () => {
    end = await startService({ name: "Redis", steps: [line], folder: makeServiceFolder("redis"), ready, stopSignal: "SIGTERM" });
  };
  const signal = (name: NodeJS.Signals) => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), name);
  const finish = async (name: NodeJS.Signals) => {
    if (end === undefined) return;
    signal(name);
    await end();
    end = undefined;
  };

  await start();
  return {
    url: `redis://${password === undefined ? "" : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    port,
    folder,
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    kill: () => finish("SIGKILL"),
    restart: async () => {
      await finish("SIGKILL");
      await start();
    },
    stop: async () => {
      // A stopped process hears of nothing else.
      await finish("SIGCONT");
      rmSync(folder, { recursive: true, force: true });
    },
    command: async (command, replyAs) => {
      const socket = { host: "127.0.0.1", port, reconnectStrategy: false as const };
      const client = makeClient({ socket, ...(password === undefined ? {} : { password }) }).on("error", () => {});
      await client.connect();
      try {
        return await client.sendCommand([...command], replyAs && { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } });
      } finally {
        client.destroy();
      }
    },
  };
}

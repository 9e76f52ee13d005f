import { createHash } from "node:crypto";
import { ErrorReply, type RedisArgument } from "@redis/client";
import type { Link } from "./link.ts";

/** A Lua script, which Redis runs as one step between other commands. */
export class Script {
  readonly #source: string;
  readonly #sha1: string;

  constructor(source: string) {
    this.#source = source;
    this.#sha1 = createHash("sha1").update(source).digest("hex");
  }

  /** Sends its name only, and itself if the server does not know it (yet, or after a restart). All keys must be in one slot. */
  async run<T>(link: Link, keys: readonly [string, ...string[]], args: readonly RedisArgument[]): Promise<T> {
    const rest = [`${keys.length}`, ...keys, ...args];
    try {
      return await link.send<T>(keys[0], ["EVALSHA", this.#sha1, ...rest]);
    } catch (error) {
      if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
      return link.send<T>(keys[0], ["EVAL", this.#source, ...rest]);
    }
  }
}

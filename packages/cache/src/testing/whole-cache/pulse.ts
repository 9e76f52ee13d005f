import { setTimeout as sleep } from "node:timers/promises";
import { RedisProbe } from "./redis-probe.ts";

const PAUSE_MS = 5;

/** Feels whether this process and Redis are let run: it asks Redis for a sign of life all the time. */
export class Pulse {
  readonly #probe: RedisProbe;
  #stopped = false;
  /** The longest that an answer, or this process itself, was late. */
  longestStandstillMs = 0;

  static async start(redisUrl: string): Promise<Pulse> {
    const pulse = new Pulse(await RedisProbe.connect(redisUrl));
    void pulse.#beat();
    return pulse;
  }

  private constructor(probe: RedisProbe) {
    this.#probe = probe;
  }

  stop(): void {
    this.#stopped = true;
    this.#probe.close();
  }

  async #beat(): Promise<void> {
    while (!this.#stopped) {
      const askedAt = performance.now();
      // An error is an answer.
      await this.#probe.command("PING").catch(() => {});
      await sleep(PAUSE_MS);
      this.longestStandstillMs = Math.max(this.longestStandstillMs, performance.now() - askedAt - PAUSE_MS);
    }
  }
}

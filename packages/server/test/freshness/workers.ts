import { onTestFinished } from "vitest";
import { parseConfig } from "../../src/config.ts";
import type { Channel } from "../../src/freshness/channel.ts";
import { createServices, type Services, type ServicesOptions } from "../../src/services.ts";

/** Channels between workers of one process: what is sent arrives in a later turn, unless `cut`. */
export class Wire {
  readonly #listeners = new Map<Channel, Set<(text: string) => void>>();
  /** Every text that was sent. */
  readonly sent: string[] = [];
  cut = false;

  plug(): Channel {
    const own = new Set<(text: string) => void>();
    const channel: Channel = {
      send: (text) => {
        this.sent.push(text);
        if (this.cut) return;
        for (const [other, listeners] of this.#listeners)
          if (other !== channel) for (const listener of listeners) setImmediate(() => listener(text));
      },
      subscribe: (listener) => {
        own.add(listener);
        return () => own.delete(listener);
      },
    };
    this.#listeners.set(channel, own);
    return channel;
  }
}

/** A worker in this process, closed at the end of the test. */
export async function startWorker(
  databaseUrl: string,
  options: ServicesOptions & { readonly env?: Record<string, string> } = {},
): Promise<Services> {
  const { env = {}, ...rest } = options;
  const config = parseConfig({ DATABASE_URL: databaseUrl, RENDER_THREADS: "1", ...env });
  const services = await createServices(config, { serving: true, ...rest });
  onTestFinished(() => services.close());
  return services;
}

import type { Channel } from "../freshness/channel.ts";
import type { WorkerLink } from "./worker-link.ts";

/** To the other workers of the same primary, which passes texts on at once and keeps none. */
export function createIpcChannel(link: WorkerLink): Channel {
  return {
    send: (text) => link.tell({ kind: "relay", text }),
    subscribe: (listener) => link.listen("relay", ({ text }) => listener(text)),
  };
}

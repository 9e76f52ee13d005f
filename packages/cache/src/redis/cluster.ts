import { ErrorReply } from "@redis/client";
import { CLUSTER, ClusterMap, type Node } from "./cluster-map.ts";
import type { Command, ReplyOptions } from "./connection.ts";
import type { Link, Server } from "./link.ts";
import type { Address, Settings } from "./options.ts";
import { slotOf } from "./slot.ts";
import { Subscriptions } from "./subscriptions.ts";

/** A command that was sent on so often goes in a circle. */
const MOST_REDIRECTIONS = 3;

/**
 * A cluster: each command goes to the master that has its key, and on to another one if that says so. One more connection is
 * for the subscription, to any of the masters, as each passes messages on to all.
 */
export class Cluster implements Link {
  readonly #map: ClusterMap;
  readonly #subscriptions: Subscriptions;
  #subscribedTo: Node | undefined;

  /** @param seeds nodes that know the others */
  constructor(settings: Settings, seeds: readonly Address[]) {
    this.#map = new ClusterMap(settings, seeds, () => this.#checkSubscription());
    this.#subscriptions = new Subscriptions({ settings, name: CLUSTER, findServer: async () => this.#chooseSubscribed().address });
  }

  async send<T>(key: string, command: Command, options?: ReplyOptions): Promise<T> {
    const slot = slotOf(key);
    let node = this.#map.getOwner(slot);
    let asked = false;
    for (let redirections = 0; ; redirections++) {
      try {
        return await (asked ? sendAsking<T>(node, command, options) : node.connection.send<T>(command, options));
      } catch (error) {
        const redirection = parseRedirection(error as Error, node.address);
        // It has been cut off from the others, or taken out of the cluster, and does not know who has the slot now.
        if ((error as Error).message.startsWith("CLUSTERDOWN")) this.#map.look();
        if (redirection === undefined || redirections === MOST_REDIRECTIONS) throw error;
        node = this.#map.nodeAt(redirection.address);
        asked = redirection.kind === "ASK";
        if (!asked) this.#map.moved(slot, node);
      }
    }
  }

  slotOf(key: string): number {
    return slotOf(key);
  }

  servers(): readonly Server[] {
    return this.#map.getMasters().map((node) => node.connection);
  }

  now(key: string): number | undefined {
    return this.#map.findOwner(slotOf(key))?.connection.clock.now();
  }

  subscribe(...args: Parameters<Link["subscribe"]>): () => void {
    return this.#subscriptions.subscribe(...args);
  }

  async close(): Promise<void> {
    await Promise.all([this.#map.close(), this.#subscriptions.close()]);
  }

  /** One that is connected, if there is any: it is more likely to be there. */
  #chooseSubscribed(): Node {
    const masters = this.#map.getMasters();
    const ready = masters.filter((node) => node.connection.ready);
    const candidates = ready.length > 0 ? ready : masters;
    this.#subscribedTo = candidates[Math.floor(Math.random() * candidates.length)]!;
    return this.#subscribedTo;
  }

  /** A node that was taken out of the cluster hears nothing any more, and says nothing of it. */
  #checkSubscription(): void {
    const node = this.#subscribedTo;
    if (node === undefined || this.#map.getMasters().includes(node)) return;
    this.#subscriptions.restart(new Error("It is no master of the cluster any more."));
  }
}

/** The server carries out the command for a slot that is just moving to it. Nothing gets between the two. */
async function sendAsking<T>({ connection }: Node, command: Command, options?: ReplyOptions): Promise<T> {
  const [, reply] = await Promise.all([connection.send(["ASKING"]), connection.send<T>(command, options)]);
  return reply;
}

/** Where else to ask: for good (MOVED), or only this time (ASK). A host that is not named is that of whoever says so. */
function parseRedirection(error: Error, from: Address): { readonly kind: string; readonly address: Address } | undefined {
  const match = error instanceof ErrorReply ? /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(error.message) : null;
  if (match === null) return undefined;
  const [, kind = "", host, port] = match;
  return { kind, address: { host: host || from.host, port: Number(port) } };
}

import { setTimeout as pause } from "node:timers/promises";
import { NotConnectedError } from "../errors.ts";
import { type Answer, askEach, firstAnswer } from "./ask.ts";
import { Connection } from "./connection.ts";
import type { Address, Settings } from "./options.ts";
import { SLOTS } from "./slot.ts";

/** So many nodes are asked at a time; the first answer counts. */
const ASKED = 3;
/** After a look that failed the next one comes soon, later and later; after one that did not, none for so long. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/** As errors say it. */
export const CLUSTER = "The Redis cluster";

export interface Node {
  readonly address: Address;
  readonly connection: Connection;
}

/** Which slots belong to whom: to the master first, then its replicas. The host is missing if it is the one that was asked. */
type SlotsReply = readonly [from: number, to: number, master: readonly [host: string | null, port: number]][];

/**
 * What is known of a cluster: its masters, with a connection to each, and which slots they have. It is looked at in the
 * background: at the beginning until some node has answered, and again while a master cannot be reached, as another one may
 * have its slots by then.
 */
export class ClusterMap {
  readonly #settings: Settings;
  readonly #seeds: readonly Address[];
  readonly #onChange: () => void;
  readonly #closing = new AbortController();
  readonly #nodes = new Map<string, Node>();
  /** By slot. Empty until it was seen for the first time. */
  #owners: (Node | undefined)[] = [];
  #trouble = new Error("It was not looked at yet.");
  #looking: Promise<void> | undefined;
  /** Settles when the connections are gone to those that are no masters any more. */
  #leaving: Promise<unknown> = Promise.resolve();

  /** @param onChange called when it was looked at */
  constructor(settings: Settings, seeds: readonly Address[], onChange: () => void) {
    this.#settings = settings;
    this.#seeds = seeds;
    this.#onChange = onChange;
    this.look();
  }

  findOwner(slot: number): Node | undefined {
    return this.#owners[slot];
  }

  /** @throws NotConnectedError if nobody is known to have the slot */
  getOwner(slot: number): Node {
    const owner = this.#owners[slot];
    if (owner === undefined) throw this.#notConnected(this.#owners.length === 0 ? this.#trouble : new Error(`Nobody has slot ${slot}.`));
    return owner;
  }

  /** @throws NotConnectedError if none are known */
  getMasters(): readonly Node[] {
    const masters = new Set(this.#owners.filter((owner) => owner !== undefined));
    if (masters.size === 0) throw this.#notConnected(this.#trouble);
    return [...masters];
  }

  /**
   * A node that was named by another one. It may not be connected yet.
   *
   * @throws NotConnectedError once this was closed
   */
  nodeAt(address: Address): Node {
    if (this.#closing.signal.aborted) throw this.#notConnected(new Error("It was closed."));
    const name = nameOf(address);
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    let attempts = 0;
    const findServer = async () => {
      if (attempts++ > 0) this.look();
      return address;
    };
    const node = { address, connection: new Connection({ settings: this.#settings, name: `Redis at ${name}`, findServer }) };
    this.#nodes.set(name, node);
    return node;
  }

  /** A node says that a slot is at another one now. */
  moved(slot: number, owner: Node): void {
    this.#owners[slot] = owner;
    this.look();
  }

  look(): void {
    if (this.#closing.signal.aborted) return;
    this.#looking ??= this.#lookUntilSeen().finally(() => {
      this.#looking = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looking;
    await Promise.all([this.#leaving, ...[...this.#nodes.values()].map((node) => node.connection.close())]);
  }

  async #lookUntilSeen(): Promise<void> {
    const { signal } = this.#closing;
    const rest = (ms: number) => pause(ms, undefined, { signal, ref: false }).catch(() => {});
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const seen = await this.#ask();
        if (!signal.aborted) this.#apply(seen);
        return await rest(LONGEST_PAUSE_MS);
      } catch (error) {
        this.#trouble = error as Error;
        if (!signal.aborted) this.#settings.troubles.report(CLUSTER, this.#trouble);
        await rest(pauseMs);
      }
    }
  }

  /** Who is connected is asked before who is not; the seeds are for when all others have gone. */
  #ask(): Promise<Answer<SlotsReply>> {
    const { login, connectTimeoutMs: limitMs } = this.#settings;
    const known = [...this.#nodes.values()];
    const ready = known.filter((node) => node.connection.ready);
    const others = shuffle([...known.map((node) => node.address), ...this.#seeds]);
    const candidates = new Map([...shuffle(ready.map((node) => node.address)), ...others].map((address) => [nameOf(address), address]));
    const addresses = [...candidates.values()].slice(0, ASKED);
    const options = { addresses, login, limitMs, signal: this.#closing.signal };
    return askEach<SlotsReply, Answer<SlotsReply>>(options, ["CLUSTER", "SLOTS"], (answers) => firstAnswer(answers.map(expectSlots)));
  }

  #apply({ address: asked, reply }: Answer<SlotsReply>): void {
    this.#settings.troubles.over(CLUSTER);
    const masters = new Set<Node>();
    this.#owners = new Array<Node | undefined>(SLOTS).fill(undefined);
    for (const [from, to, [host, port]] of reply) {
      const master = this.nodeAt({ host: host || asked.host, port });
      masters.add(master);
      this.#owners.fill(master, from, to + 1);
    }
    for (const [name, node] of this.#nodes) {
      if (masters.has(node)) continue;
      this.#nodes.delete(name);
      this.#leaving = Promise.all([this.#leaving, node.connection.close()]);
    }
    this.#onChange();
  }

  #notConnected(cause: Error): NotConnectedError {
    return new NotConnectedError(CLUSTER, { cause });
  }
}

/** A node that is in no cluster (any more) knows of none. */
async function expectSlots(asked: Promise<Answer<SlotsReply>>): Promise<Answer<SlotsReply>> {
  const answer = await asked;
  if (answer.reply.length === 0) throw new Error(`${nameOf(answer.address)}: It knows of no slots.`);
  return answer;
}

const nameOf = ({ host, port }: Address): string => `${host}:${port}`;

/** In another order each time, so that nobody who is of no use is asked for ever. */
function shuffle<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

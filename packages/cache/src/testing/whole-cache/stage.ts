import { setTimeout as sleep } from "node:timers/promises";
import { type FaultProxy, startFaultProxy } from "../fault-proxy.ts";
import type { CacheAdapter, CacheNode, Feature, NodeOptions, NodePolicy, ReadOptions } from "./adapter.ts";
import { Origin } from "./origin.ts";
import { NodeProcess } from "./process-node.ts";
import { Pulse } from "./pulse.ts";
import { RedisProbe } from "./redis-probe.ts";
import type { RedisUnderTest } from "./redis-server.ts";
import { until } from "./timing.ts";
import { NotOffered } from "./verdict.ts";

/** Long enough that nothing ends by itself in a case that is not about time. */
const LONG_MS = 600_000;

/** How long a node may take to close before it is left behind. */
const CLOSE_LIMIT_MS = 2_000;

/** A node on the stage: all its methods (those that the adapter lacks throw `NotOffered`), its own network, and reads from the origin. */
export interface StageNode extends Required<CacheNode> {
  /** Everything that this node and Redis say to each other. */
  readonly network: FaultProxy;
  /** Reads `key`, loaded from the stage's origin where it is not held. */
  read(key: string, options?: ReadOptions): Promise<unknown>;
}

/** A node whose program runs as a process of its own. */
export interface StageProcess extends StageNode {
  readonly process: NodeProcess;
}

/** What one case has to itself: a Redis, an origin, and nodes with a network each. Everything on it ends with the case. */
export class Stage {
  readonly origin = new Origin();
  readonly adapter: CacheAdapter;
  readonly redis: RedisUnderTest;
  /** Talks to Redis past all networks. */
  readonly probe: RedisProbe;
  /** Of the nodes that are made from now on. */
  namespace = "contract";
  readonly #pulse: Pulse;
  readonly #calls = new Set<string>();
  readonly #networks: FaultProxy[] = [];
  readonly #cleanups: (() => Promise<unknown>)[] = [];
  #nodes = 0;
  #over = false;

  static async open(adapter: CacheAdapter, startRedis: () => Promise<RedisUnderTest>): Promise<Stage> {
    const redis = await startRedis();
    try {
      return new Stage(adapter, redis, await RedisProbe.connect(redis.url), await Pulse.start(redis.url));
    } catch (error) {
      await redis.stop();
      throw error;
    }
  }

  private constructor(adapter: CacheAdapter, redis: RedisUnderTest, probe: RedisProbe, pulse: Pulse) {
    this.adapter = adapter;
    this.redis = redis;
    this.probe = probe;
    this.#pulse = pulse;
  }

  /** The calls that have no answer yet, for whoever has to say why a case does not end. */
  get unanswered(): readonly string[] {
    return [...this.#calls];
  }

  /** The longest that this process or Redis stood still so far. */
  get longestStandstillMs(): number {
    return this.#pulse.longestStandstillMs;
  }

  /** Ends the case as "not offered" if the adapter lacks this. */
  needs(feature: Feature): void {
    if (!this.adapter.offers.has(feature)) throw new NotOffered(feature);
  }

  /** A node in this process. */
  async node(policy: Partial<NodePolicy> = {}, network?: FaultProxy): Promise<StageNode> {
    const own = network ?? (await this.network());
    const node = await this.adapter.createNode(this.options(policy, own));
    // It may have been waited for longer than the case went on.
    if (this.#over) await node.close();
    return this.#enter(node, own);
  }

  /** Two nodes of one policy. */
  pair(policy: Partial<NodePolicy> = {}): Promise<[StageNode, StageNode]> {
    return Promise.all([this.node(policy), this.node(policy)]);
  }

  /** A node in a process of its own, whose wall clock may be wrong. */
  async process(policy: Partial<NodePolicy> = {}, { clockOffsetMs = 0 } = {}): Promise<StageProcess> {
    const network = await this.network();
    const process = await NodeProcess.start(this.adapter, this.options(policy, network), clockOffsetMs);
    this.#cleanups.push(() => process.kill());
    return { ...this.#enter(process.methods as CacheNode, network), process };
  }

  /** A network for a node that comes later. */
  async network(): Promise<FaultProxy> {
    const network = await startFaultProxy({ target: this.redis.url });
    this.#networks.push(network);
    return network;
  }

  /** Resolves once nothing goes to Redis or comes back for a moment: writes in the background and messages have arrived. */
  async quiet(): Promise<void> {
    const bytes = () => this.#networks.reduce((sum, { stats }) => sum + stats.bytes.toTarget + stats.bytes.toClient, 0);
    let last = -1;
    await until(
      async () => {
        const before = last;
        last = bytes();
        if (before === last) return true;
        await sleep(50);
        return false;
      },
      5_000,
      "the nodes never stopped talking to Redis",
    );
  }

  /** Ends everything, whatever state it is in. */
  async close(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#networks.map((network) => network.heal()));
    await Promise.all(this.#cleanups.map((end) => end()));
    await Promise.all(this.#networks.map((network) => network.close()));
    this.probe.close();
    this.#pulse.stop();
    await this.redis.stop();
  }

  /** What a node of this policy is opened with. */
  options(policy: Partial<NodePolicy>, network: FaultProxy): NodeOptions {
    for (const part of Object.keys(policy)) if (part !== "ttlMs") this.needs(part as Feature);
    return { redisUrl: network.url, namespace: this.namespace, policy: { ttlMs: LONG_MS, ...policy } };
  }

  #enter(node: CacheNode, network: FaultProxy): StageNode {
    const name = String.fromCharCode(97 + this.#nodes++);
    const seen = this.#watch(name, node);
    this.#cleanups.push(() => Promise.race([node.close().catch(() => {}), sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]));
    const read = (key: string, options: ReadOptions = {}) => {
      if (options.tags !== undefined) this.needs("tags");
      if ((options.tags?.length ?? 0) > 1) this.needs("severalTags");
      if (options.signal !== undefined) this.needs("signal");
      return seen.getOrLoad(key, () => this.origin.load(key), options);
    };
    return { ...seen, network, read };
  }

  /** The node's methods, with a note of each call for as long as it has no answer. */
  #watch(name: string, node: CacheNode): Required<CacheNode> {
    const watched: Record<string, unknown> = {};
    for (const method of METHODS) {
      const own = node[method] as ((...args: unknown[]) => unknown) | undefined;
      watched[method] = (...args: unknown[]) => {
        if (own === undefined) throw new NotOffered(method);
        const answer = own.apply(node, args);
        if (answer instanceof Promise) this.#note(`${name}.${method}(${typeof args[0] === "string" ? args[0] : ""})`, answer);
        return answer;
      };
    }
    return watched as unknown as Required<CacheNode>;
  }

  #note(call: string, answer: Promise<unknown>): void {
    this.#calls.add(call);
    const done = () => this.#calls.delete(call);
    answer.then(done, done);
  }
}

const METHODS = [
  "getOrLoad",
  "delete",
  "close",
  "getOrLoadMany",
  "set",
  "expire",
  "invalidateTags",
  "clear",
  "explain",
  "counts",
  "staleness",
] as const satisfies readonly (keyof CacheNode)[];

/**
 * What a whole cache must look like for the suite: any cache library fits behind it in some hundred lines. What a library does
 * not have, its adapter leaves out; a case that needs it is then "not offered".
 */
export interface CacheAdapter {
  /** The library's name and version, e.g. `bentocache` and `1.6.1`. */
  readonly name: string;
  readonly version: string;
  /** `default`: as its documentation begins, given a Redis URL. `recommended`: with what its documentation advises. */
  readonly configuration: string;
  /** In one line, what this configuration sets. */
  readonly sets: string;
  /** The module that exports this adapter (`import.meta.url`), for cases that run nodes as processes of their own. */
  readonly module: string;
  /** The parts of a policy, of a read, and the tier in memory, that this library has under any name. Methods speak for themselves. */
  readonly offers: ReadonlySet<Feature>;
  /** What the library's documentation says of values and times that each library treats in its own way. */
  readonly documents: {
    /** What becomes of a loader's `undefined`. */
    readonly undefinedValue?: "kept" | "not kept" | "refused";
    /** What a time to live of 0 means. */
    readonly zeroTtl?: "not kept" | "forever";
    /** Within what time a node that missed messages is repaired; left out, the suite takes 5 s. */
    readonly stalenessBoundMs?: number;
  };
  /**
   * One node: a tier in memory, the shared Redis and the messages between nodes, as a process of its own would have
   * them. Resolves when it is in operation, or within a second if Redis is away.
   */
  createNode(options: NodeOptions): Promise<CacheNode>;
}

/** What one node of the cache under test is made with. */
export interface NodeOptions {
  readonly redisUrl: string;
  /** Names the cache: nodes of one namespace share their values. */
  readonly namespace: string;
  readonly policy: NodePolicy;
}

/** How long values are kept, for the whole node, as not every library knows it for one value. Times to live are whole seconds. */
export interface NodePolicy {
  readonly ttlMs: number;
  /** The part of a time to live, from 0 to 1, by which it may be shorter. */
  readonly jitter?: number;
  /** How long after its time a value may be served while a newer one is loaded in the background. */
  readonly staleWhileRevalidateMs?: number;
  /** How long after its time a value may be served because the loader fails, and how long the loader is then left alone. */
  readonly graceMs?: number;
  readonly graceBackoffMs?: number;
  /** After how long a value in its grace is served instead of waiting for the load, which goes on. */
  readonly softTimeoutMs?: number;
  /** After how long a load has failed. */
  readonly hardTimeoutMs?: number;
  /** The part of its time to live, from 0 to 1, after which a value that is read is loaded anew in the background. */
  readonly refreshAt?: number;
  readonly ttlFromValue?: (value: unknown) => number;
  readonly tagsFromValue?: (value: unknown) => readonly string[];
  /** Asked instead of a load near or after the end of a value's time: whether it holds for another one. */
  readonly stillCurrent?: (value: unknown) => boolean;
  /** One load at a time across all nodes. */
  readonly fillLock?: boolean;
  /** The bounds of the tier in memory. */
  readonly maxEntries?: number;
  readonly maxBytes?: number;
  /** The part of all hits, from 0 to 1, that is compared with what the loader says now. */
  readonly shadowReads?: number;
}

/** What one read may say. */
export interface ReadOptions {
  readonly tags?: readonly string[];
  /** Ends this read, and nobody else's. */
  readonly signal?: AbortSignal;
}

/** `l1`: there is a tier in the process's memory. `severalTags`: one entry may have more than one tag. */
export type Feature = Exclude<keyof NodePolicy, "ttlMs"> | keyof ReadOptions | "severalTags" | "l1";

/** What a node calls to get a value that it does not hold. */
export type Load = () => Promise<unknown>;

/** Counted since the node was made. */
export interface Counts {
  readonly hits: number;
  readonly misses: number;
  /** Values that were too large to be kept. */
  readonly tooLarge?: number;
  /** How long ago it was last sure of what other nodes did: what it serves is no staler. */
  readonly stalenessBoundMs?: number;
}

/** What shadow reads found. */
export interface Staleness {
  readonly sampled: number;
  readonly stale: number;
}

/** One node of the cache under test: what a process has of it. */
export interface CacheNode {
  getOrLoad(key: string, load: Load, options?: ReadOptions): Promise<unknown>;
  /**
   * Resolves to what the library says of it, untouched. `true`, `undefined` and `"done"` count as a claim that it is done, here and
   * everywhere; anything else does not.
   */
  delete(key: string): Promise<unknown>;
  /** Ends everything that this node has open. */
  close(): Promise<void>;
  /** The values in the order of the keys; `load` is called with the keys that nobody has. */
  getOrLoadMany?(keys: readonly string[], load: (missing: readonly string[]) => Promise<ReadonlyMap<string, unknown>>): Promise<unknown[]>;
  set?(key: string, value: unknown): Promise<unknown>;
  /** Marks as stale what is held, which keeps it for a grace. */
  expire?(key: string): Promise<unknown>;
  invalidateTags?(tags: readonly string[]): Promise<unknown>;
  /** Forgets everything of this namespace, on all nodes. */
  clear?(): Promise<unknown>;
  /** What is known of a key, and why a read would get what it gets. Must not count as a read. */
  explain?(key: string): unknown;
  counts?(): Counts;
  staleness?(): Staleness;
}

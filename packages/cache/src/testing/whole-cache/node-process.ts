// The program of a node that runs as a process of its own: it does what its parent, a case of the suite, asks for.
import type { CacheAdapter, CacheNode, NodeOptions } from "./adapter.ts";

/** What a parent may ask for, beside the methods of a node. */
export interface ProcessTasks {
  /** Opens the node, and answers with the names of the methods that it has. */
  open(options: NodeOptions): Promise<string[]>;
  /** Reads so many keys, each with a value of `valueBytes` characters, 100 at a time. */
  fill(options: FillOptions): Promise<void>;
  /** Opens a node, reads once and closes it again, so many times. */
  cycle(times: number, options: NodeOptions): Promise<void>;
  /** The bytes in use after everything that nobody refers to was collected. */
  heapBytes(): Promise<number>;
  /** What keeps the process alive, beside its parent: sockets and timers. */
  resources(): Promise<string[]>;
  /** The promises whose rejection nobody took, and the errors that nobody caught. */
  unhandled(): Promise<string[]>;
  /** Lets go of the parent: the process then ends as soon as nothing else keeps it. */
  letGo(): Promise<void>;
}

export interface FillOptions {
  readonly keys: number;
  readonly valueBytes: number;
  /** Gives each key a tag that no other has. */
  readonly tagged?: boolean;
  /** Deletes each key after it was read. */
  readonly deleting?: boolean;
}

export type FromParent =
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: "loaded"; readonly id: number; readonly value?: unknown; readonly error?: unknown };

export type FromChild =
  | { readonly kind: "answer"; readonly id: number; readonly value?: unknown; readonly error?: unknown }
  | { readonly kind: "load"; readonly id: number; readonly key: string };

const AT_ONCE = 100;

const [moduleUrl = "", name = "", configuration = "", clockOffsetMs = "0"] = process.argv.slice(2);
const unhandled: string[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));
process.on("uncaughtException", (error) => unhandled.push(String(error)));
// A parent that is gone leaves no nodes behind.
process.on("disconnect", () => process.exit());
shiftClock(Number(clockOffsetMs));

const adapter = await findAdapter();
let node: CacheNode | undefined;
const loads = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
let lastLoad = 0;

const tasks: ProcessTasks = {
  async open(options) {
    const opened = await adapter.createNode(options);
    node = opened;
    return Object.keys(opened).filter((key) => typeof opened[key as keyof CacheNode] === "function");
  },
  async fill({ keys, valueBytes, tagged = false, deleting = false }) {
    if (node === undefined) return;
    const { getOrLoad, delete: remove } = node;
    for (let first = 0; first < keys; first += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, keys - first) }, (_, index) => `key-${first + index}`);
      await Promise.all(some.map((key) => getOrLoad(key, async () => key.padEnd(valueBytes, "."), tagged ? { tags: [`tag-${key}`] } : {})));
      if (deleting) await Promise.all(some.map((key) => remove(key)));
    }
  },
  async cycle(times, options) {
    for (let cycle = 0; cycle < times; cycle++) {
      const short = await adapter.createNode(options);
      await short.getOrLoad("key", async () => "value");
      await short.close();
    }
  },
  async heapBytes() {
    // Twice: what a finalizer lets go of is collected by the second one.
    for (let turn = 0; turn < 2; turn++) {
      await new Promise(setImmediate);
      globalThis.gc?.();
    }
    return process.memoryUsage().heapUsed + process.memoryUsage().external;
  },
  resources: async () => process.getActiveResourcesInfo(),
  unhandled: async () => unhandled,
  async letGo() {
    process.removeAllListeners("disconnect");
    process.disconnect();
  },
};

process.on("message", (message: FromParent) => {
  if (message.kind === "loaded") settleLoad(message);
  else void answer(message.id, message.method, message.args);
});
process.send?.({ kind: "answer", id: 0 } satisfies FromChild);

async function answer(id: number, method: string, args: readonly unknown[]): Promise<void> {
  try {
    send({ kind: "answer", id, value: await call(method, args) });
  } catch (error) {
    send({ kind: "answer", id, error });
  }
}

function call(method: string, args: readonly unknown[]): unknown {
  if (method in tasks) return (tasks[method as keyof ProcessTasks] as (...args: readonly unknown[]) => unknown)(...args);
  if (node === undefined) throw new Error("The node is not open.");
  if (method === "getOrLoad") {
    const [key, options] = args as [string, { tags?: string[] } | undefined];
    return node.getOrLoad(key, () => loadInParent(key), options);
  }
  return (node[method as keyof CacheNode] as (...args: readonly unknown[]) => unknown)(...args);
}

/** Loaders run where the case is, so that it can hold them and count them. */
function loadInParent(key: string): Promise<unknown> {
  const id = ++lastLoad;
  return new Promise((resolve, reject) => {
    loads.set(id, { resolve, reject });
    send({ kind: "load", id, key });
  });
}

function settleLoad({ id, value, error }: FromParent & { kind: "loaded" }): void {
  const load = loads.get(id);
  loads.delete(id);
  if (error === undefined) load?.resolve(value);
  else load?.reject(error);
}

function send(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

async function findAdapter(): Promise<CacheAdapter> {
  const exported: Record<string, unknown> = await import(moduleUrl);
  const candidates = Object.values(exported).flat() as (CacheAdapter | undefined)[];
  const found = candidates.find((candidate) => candidate?.name === name && candidate.configuration === configuration);
  if (found === undefined) throw new Error(`${moduleUrl} exports no adapter of ${name} in its ${configuration} configuration.`);
  return found;
}

/** Lets the wall clock of this process go wrong by a constant, as that of a machine without time synchronisation. */
function shiftClock(offsetMs: number): void {
  if (offsetMs === 0) return;
  const RealDate = Date;
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(now());
      else super(...args);
    }
    static override now(): number {
      return now();
    }
  } as DateConstructor;
}

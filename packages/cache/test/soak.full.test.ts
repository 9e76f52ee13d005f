/**
 * Three nodes, each a process of its own with its own way to one Redis, read, change, invalidate and flush at random, while the ways
 * and Redis itself fail now and then. Nothing older than what a node has invalidated may be read there afterwards; when all is over
 * every node has the origin's last values, and neither memory nor handles have grown.
 *
 *     SOAK_MINUTES=60 npx vitest run --project full packages/cache/test/soak.full.test.ts
 *
 * One minute if nothing is said. `SOAK_SEED` repeats the faults of a run, though not its timing; a run prints its seed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { type FaultProxy, startFaultProxy } from "../src/testing/index.ts";
import { Random } from "../src/testing/random.ts";
import { ownNamespace } from "./support/redis-connection.ts";
import { type RedisServer, redisProgram, startRedisServer } from "./support/redis-server.ts";
import { type Command, KEYS, type Report, type Sample, thingOf } from "./support/soak-world.ts";

const MINUTES = Number(process.env.SOAK_MINUTES ?? 1);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const NODES = 3;

/** What a heap may have grown since the caches were full: compiled code, and what a collection happens to leave. */
const MARGIN_BYTES = 8 * 2 ** 20;

test.skipIf(redisProgram === undefined)(
  `for ${MINUTES} minutes of faults nothing invalidated is read, all nodes agree in the end, and nothing grows`,
  { timeout: MINUTES * 60_000 + 180_000 },
  async () => {
    console.log(`SOAK_SEED=${SEED}`);
    const random = new Random(SEED);
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const origin = new Origin();
    const namespace = ownNamespace();
    const nodes = await Promise.all(Array.from({ length: NODES }, (_, n) => startNode(server, namespace, n, origin)));

    const began = performance.now();
    const until = began + MINUTES * 60_000;
    const baseAt = began + Math.min(60_000, MINUTES * 20_000);
    let base: readonly Sample[] | undefined;
    const faults: Record<string, number> = {};
    while (performance.now() < until) {
      await pause(200 + random.below(1_500));
      const [name, fail] = FAULTS[random.below(FAULTS.length)]!;
      faults[name] = (faults[name] ?? 0) + 1;
      await fail(server, nodes[random.below(NODES)]!.proxy, random);
      if (base === undefined && performance.now() > baseAt) base = await sampleAll(nodes);
      expect(origin.wrongs).toEqual([]);
    }

    for (const node of nodes) await node.ask("rest", "rested");
    let samples: readonly Sample[] = [];
    const settled = async () => {
      expect(await origin.differences(nodes)).toEqual([]);
      samples = await sampleAll(nodes);
      for (const { stats } of samples) {
        expect(stats.coherence).toMatchObject({ verified: true, journal: 0 });
        expect(stats.l2).toMatchObject({ breaker: "closed", writeBreaker: "closed" });
      }
    };
    await vi.waitFor(settled, { timeout: 30_000, interval: 500 });
    console.log(faults, samples.map(summaryOf));
    for (const [index, { heapBytes, handles, stats, reads, loads }] of samples.entries()) {
      expect(heapBytes).toBeLessThan(base![index]!.heapBytes + MARGIN_BYTES);
      // Two connections to Redis, and the channel to this process.
      expect(handles.TCPSocketWrap).toBe(2);
      expect(handles.Timeout ?? 0).toBeLessThanOrEqual((base![index]!.handles.Timeout ?? 0) + 2);
      expect(sum(stats.reads)).toBe(reads);
      expect(sum(stats.loads)).toBeGreaterThan(0);
      expect(stats.loads.failed + stats.loads["timed-out"]).toBe(0);
      expect(sum(stats.loads)).toBe(loads);
      expect(sum(stats.misses)).toBe(stats.reads.miss);
      expect(stats.flights).toBe(0);
    }
    const ends = nodes.map((node) => Promise.race([node.close(), pause(10_000, "it did not end")]));
    expect(await Promise.all(ends)).toEqual([0, 0, 0]);
    expect(origin.wrongs).toEqual([]);
  },
);

/** What can go wrong between a node and Redis, or with Redis itself. Each is over when it resolves. */
const FAULTS: readonly (readonly [name: string, fail: (server: RedisServer, proxy: FaultProxy, random: Random) => Promise<unknown>])[] = [
  ["nothing", async () => {}],
  ["pause", (_server, proxy, random) => during(proxy, () => proxy.pause(), 100 + random.below(1_500))],
  ["latency", (_server, proxy, random) => during(proxy, () => proxy.delay(10 + random.below(80), { jitterMs: 20 }), 1_000)],
  ["slices", (_server, proxy) => during(proxy, () => proxy.slice(100), 1_000)],
  ["loss", (_server, proxy, random) => during(proxy, () => proxy.blackhole("toClient"), 100 + random.below(2_000))],
  ["cut", (_server, proxy, random) => during(proxy, () => proxy.cut(), 100 + random.below(1_500))],
  ["reset", async (_server, proxy) => proxy.reset()],
  ["garbage", async (_server, proxy) => proxy.garble("*what is this\r\n")],
  ["FLUSHALL", (server) => server.command(["FLUSHALL"])],
  ["CLIENT KILL, commands", (server) => server.command(["CLIENT", "KILL", "TYPE", "normal"])],
  ["CLIENT KILL, subscriptions", (server) => server.command(["CLIENT", "KILL", "TYPE", "pubsub"])],
  ["Redis stands still", (server, _proxy, random) => standStill(server, 100 + random.below(1_000))],
  ["Redis is killed", (server) => server.restart()],
];

async function during(proxy: FaultProxy, begin: () => unknown, ms: number): Promise<void> {
  await begin();
  await pause(ms);
  await proxy.heal();
}

async function standStill(server: RedisServer, ms: number): Promise<void> {
  server.pause();
  await pause(ms);
  server.resume();
}

/** Where the values come from: a version for each key, in this process alone. */
class Origin {
  /** What nodes read that they must not. */
  readonly wrongs: string[] = [];
  readonly #versions = new Map<string, number>();

  load(keys: readonly string[]): readonly number[] {
    return keys.map((key) => this.#versions.get(key) ?? 0);
  }

  edit(keys: readonly string[]): readonly number[] {
    for (const key of keys) this.#versions.set(key, (this.#versions.get(key) ?? 0) + 1);
    return this.load(keys);
  }

  /** The keys of which a node has something else than the last value. */
  async differences(nodes: readonly Node[]): Promise<readonly string[]> {
    const differences: string[] = [];
    for (const [number, node] of nodes.entries()) {
      const { values } = await node.ask("read all", "all");
      for (let n = 0; n < KEYS; n++) {
        const key = `key:${n}`;
        const [version] = this.load([key]) as [number];
        const found = values[n]?.version;
        if (found !== thingOf(key, version)?.version) differences.push(`node ${number}, ${key}: ${found}, not ${version}`);
      }
    }
    return differences;
  }
}

interface Node {
  readonly proxy: FaultProxy;
  /** Tells it something, and resolves to what it says next of that kind. */
  ask<K extends Report["kind"]>(command: Command["command"], kind: K): Promise<Extract<Report, { kind: K }>>;
  /** Closes its cache, and resolves to its exit code when nothing keeps its process alive any more. */
  close(): Promise<number | null>;
}

async function startNode(server: RedisServer, namespace: string, number: number, origin: Origin): Promise<Node> {
  const proxy = await startFaultProxy({ target: server.url });
  onTestFinished(() => proxy.close());
  const script = fileURLToPath(new URL("support/soak-node.ts", import.meta.url));
  const child: ChildProcess = fork(script, [proxy.url, namespace, `${number}`], { execArgv: ["--expose-gc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const waiting = new Map<Report["kind"], (report: never) => void>();
  child.on("message", (report: Report) => {
    if (report.kind === "wrong") origin.wrongs.push(`node ${number}: ${report.what}`);
    else if (report.kind === "load" || report.kind === "edit") {
      child.send({ answer: report.id, versions: origin[report.kind](report.keys) });
    } else waiting.get(report.kind)?.(report as never);
  });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  // A rejection that nobody handles ends a process.
  let closing = false;
  void ended.then((code) => closing || origin.wrongs.push(`node ${number} ended with code ${code}`));
  return {
    proxy,
    ask(command, kind) {
      return new Promise((resolve) => {
        waiting.set(kind, resolve as (report: never) => void);
        child.send({ command } satisfies Command);
      });
    },
    close() {
      closing = true;
      child.send({ command: "close" } satisfies Command);
      return ended;
    },
  };
}

function sampleAll(nodes: readonly Node[]): Promise<readonly Sample[]> {
  return Promise.all(nodes.map((node) => node.ask("sample", "sample")));
}

function summaryOf({ heapBytes, reads, loads, stats }: Sample) {
  return { heapMiB: Math.round(heapBytes / 2 ** 20), reads, loads, l2: stats.l2?.reads, unverified: stats.unverified };
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((one, other) => one + other, 0);

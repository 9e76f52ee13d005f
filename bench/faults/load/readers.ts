import { Agent } from "node:http";
import { setTimeout as pass } from "node:timers/promises";
import { Random } from "../../../packages/cache/src/testing/random.ts";
import type { Machine } from "../setups/machine.ts";
import type { Site } from "../setups/site.ts";
import { readMarks } from "../site/marks.ts";
import type { Page, TripModel } from "../site/trip-model.ts";
import { pathOf } from "../site/trip-model.ts";
import { ask } from "./ask.ts";

/** Longer than any server of ours lets a reader wait. */
export const READ_TIMEOUT_MS = 20_000;

interface Target {
  readonly path: string;
  readonly operation: string;
}

export interface ReadersOptions {
  readonly site: Site;
  readonly readers: number;
  /** All of them together; fewer when the machine does not manage. */
  readonly readsPerSecond: number;
  readonly seed: number;
  readonly stop: AbortSignal;
}

/** Reads until it is stopped, as many readers at once: some over kept connections, some over a new one each time. */
export async function readOn({ readers, readsPerSecond, seed, stop, site }: ReadersOptions): Promise<void> {
  const thinkMs = (1_000 * readers) / readsPerSecond;
  await Promise.all(
    Array.from({ length: readers }, async (_, index) => {
      const random = new Random(seed * 1_000 + index);
      const reader = new Reader(site, index % 4 !== 0);
      while (!stop.aborted) {
        const startedAt = performance.now();
        await reader.read(pick(site.machines, random), chooseTarget(site, random), random.chance(0.3));
        await pass(Math.max(0, thinkMs * (0.5 + random.next()) - (performance.now() - startedAt)));
      }
      reader.close();
    }),
  );
}

/** One browser: it has a connection to each machine, unless it makes a new one each time, and keeps what it has seen to revalidate it. */
export class Reader {
  readonly #site: Site;
  readonly #agents = new Map<Machine, Agent>();
  readonly #keeps: boolean;
  /** The last answer of a path that can be asked for again by its entity tag. */
  readonly #held = new Map<string, { readonly etag: string; readonly body: number }>();

  constructor(site: Site, keeps: boolean) {
    this.#site = site;
    this.#keeps = keeps;
  }

  async read(machine: Machine, { path, operation }: Target, revalidates: boolean, quiet?: true): Promise<void> {
    const { recorder } = this.#site;
    const held = revalidates ? this.#held.get(path) : undefined;
    const start = recorder.now();
    const outcome = await ask({
      port: machine.port,
      path,
      ...(held && { headers: { "if-none-match": held.etag } }),
      ...(this.#keeps && { agent: this.#agentFor(machine) }),
      timeoutMs: READ_TIMEOUT_MS,
    });
    const end = recorder.now();
    const common = { start, end, url: path, operation, machine: machine.name, connection: outcome.connection, ...(quiet && { quiet }) };
    if ("failure" in outcome) {
      recorder.read({ ...common, failure: outcome.failure });
      return;
    }
    const { status, headers, body } = outcome.answer;
    const shown = this.#bodyOf(path, status, headers.location, body, held?.body);
    if (status === 200 && headers.etag !== undefined && shown !== undefined) this.#held.set(path, { etag: headers.etag, body: shown });
    const cacheStatus = headers["cache-status"] as string | undefined;
    const marked = cacheStatus !== undefined && /detail="?stale/.test(cacheStatus) && headers["cache-control"] === "no-store";
    recorder.read({
      ...common,
      status,
      ...(shown !== undefined && { body: shown }),
      ...(cacheStatus !== undefined && { cacheStatus }),
      ...(marked && { marked }),
      ...(headers["retry-after"] !== undefined && { retryAfter: headers["retry-after"] }),
    });
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #bodyOf(path: string, status: number, location: string | undefined, body: Buffer, held: number | undefined): number | undefined {
    if (status === 304) return held;
    if (![200, 302, 404, 410].includes(status)) return undefined;
    const key = `${path} ${status} ${location ?? ""}`;
    return this.#site.recorder.body(key, body, () => readMarks(path, status, location, body.toString()));
  }

  #agentFor(machine: Machine): Agent {
    let agent = this.#agents.get(machine);
    if (agent === undefined) {
      agent = new Agent({ keepAlive: true, maxSockets: 1 });
      this.#agents.set(machine, agent);
    }
    return agent;
  }
}

/** What people ask for: most often what was just edited, then few pages often and many rarely; cards, former addresses, what is not there. */
function chooseTarget({ planted, spotlight }: Site, random: Random): Target {
  const model = pick(planted.models, random);
  const wish = random.next();
  const edited = spotlight.newest(random);
  if (wish < 0.3 && edited !== undefined) return { path: edited, operation: "just edited" };
  if (wish < 0.35) return { path: model.nextPath, operation: "absent" };
  if (wish < 0.37) return { path: `/nobody-${random.below(1_000)}`, operation: "absent" };
  if (wish < 0.39) return { path: "/", operation: "library" };
  const page = zipf(model.pages, random);
  if (wish < 0.5 && page.card !== undefined) return { path: `/c/${page.card}`, operation: "card" };
  const former = [...page.formerPaths];
  if (wish < 0.6 && former.length > 0) return { path: pick(former, random), operation: "former" };
  return { path: pathOf(page), operation: page.alive ? "page" : "gone" };
}

/** Every address that the models know. */
export function allTargets(models: readonly TripModel[]): Target[] {
  return [
    { path: "/", operation: "library" },
    ...models.flatMap((model) => [
      { path: model.nextPath, operation: "absent" },
      ...model.pages.flatMap((page) => [
        { path: pathOf(page), operation: page.alive ? "page" : "gone" },
        ...(page.card === undefined ? [] : [{ path: `/c/${page.card}`, operation: "card" }]),
        ...[...page.formerPaths].map((path) => ({ path, operation: "former" })),
      ]),
    ]),
  ];
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[random.below(from.length)]!;
}

/** The n-th is chosen n times as rarely as the first. */
function zipf(pages: readonly Page[], random: Random): Page {
  const weights = pages.map((_, index) => 1 / (index + 1));
  const drawn = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  let passed = 0;
  for (const [index, weight] of weights.entries()) {
    passed += weight;
    if (drawn < passed) return pages[index]!;
  }
  return pages[0]!;
}

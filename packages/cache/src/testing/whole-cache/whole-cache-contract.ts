import type { ContractCase } from "../contract/contract.ts";
import type { CacheAdapter } from "./adapter.ts";
import type { Script } from "./behaviour.ts";
import { boundsAndLife } from "./bounds-and-life.ts";
import { coherence } from "./coherence.ts";
import { invalidation } from "./invalidation.ts";
import { l2Contents } from "./l2-contents.ts";
import { l2Outages } from "./l2-outages.ts";
import { lifetimes } from "./lifetimes.ts";
import { proof } from "./proof.ts";
import { type RedisUnderTest, startRedis } from "./redis-server.ts";
import { singleFlight } from "./single-flight.ts";
import { Stage } from "./stage.ts";
import { tagsAndBatches } from "./tags-and-batches.ts";
import { values } from "./values.ts";
import { fail, NotOffered } from "./verdict.ts";

const THEMES = [singleFlight, invalidation, coherence, l2Outages, l2Contents, lifetimes, values, tagsAndBatches, boundsAndLife, proof];

/** No case needs as long; a cache that hangs must not hang the suite. */
const CASE_LIMIT_MS = 25_000;

/** Half of what a cache waits for Redis. */
const STANDSTILL_MS = 25;

const MOST_ATTEMPTS = 3;

/** The cache to be proved, and where its Redis comes from. */
export interface WholeCacheContractOptions {
  readonly adapter: CacheAdapter;
  /** Gives each case a Redis that it may flush, fill, reconfigure and break. Default: a `redis-server` or `valkey-server` from PATH. */
  readonly startRedis?: () => Promise<RedisUnderTest>;
}

/** One promise of a cache, and the cases that show whether it is kept. */
export interface BehaviourContract {
  readonly heading: string;
  readonly title: string;
  /**
   * Names are unique in the suite. A case rejects with an `AssertionError` that says in one line what was seen, or with
   * `NotOffered` if the adapter lacks what it is about.
   */
  readonly cases: readonly ContractCase[];
}

/**
 * Every behaviour that a two-tier cache should have, as a black box: several nodes over a real Redis, each behind a network of its
 * own that fails by script. Cases have nothing in common and may run at the same time; each ends by itself, and leaves nothing.
 */
export function wholeCacheContract({ adapter, startRedis: start = startRedis }: WholeCacheContractOptions): BehaviourContract[] {
  const runOn = (script: Script) => () => runCase(adapter, start, script);
  return THEMES.flatMap(({ heading, behaviours }) =>
    behaviours.map(({ title, scripts }) => ({
      heading,
      title,
      cases: Object.entries(scripts).map(([name, script]) => ({ name: name === "" ? title : `${title}: ${name}`, run: runOn(script) })),
    })),
  );
}

/**
 * Promises in milliseconds can only be judged where processes are let run. A case that failed is repeated if this process or its
 * Redis stood still meanwhile, and says so if that does not end; if they did not, the first failure stands.
 */
async function runCase(adapter: CacheAdapter, start: () => Promise<RedisUnderTest>, script: Script): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const stage = await Stage.open(adapter, start);
    try {
      await play(stage, script);
      return;
    } catch (error) {
      const standstillMs = Math.round(stage.longestStandstillMs);
      if (error instanceof NotOffered || standstillMs <= STANDSTILL_MS) throw error;
      if (attempt === MOST_ATTEMPTS) throw doubtful(error, standstillMs);
    } finally {
      await stage.close();
    }
  }
}

async function play(stage: Stage, script: Script): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error("limit")), CASE_LIMIT_MS);
  }).catch(() => fail(`nothing more happened in ${CASE_LIMIT_MS / 1_000} s; ${unanswered(stage)}`));
  try {
    await Promise.race([script(stage), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The failure of a case that could not be judged on its merits. */
function doubtful(error: unknown, standstillMs: number): unknown {
  if (error instanceof Error) error.message += ` (but this machine stood still for ${standstillMs} ms)`;
  return error;
}

function unanswered({ unanswered: calls }: Stage): string {
  return calls.length === 0 ? "no call was waiting" : `without an answer: ${calls.slice(0, 5).join(", ")}`;
}

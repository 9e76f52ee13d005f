import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cache, createCache, ManualClock } from "../src/index.ts";
import { settled } from "./support/deferred.ts";

/** All that is said of one key: a cache in a dozen lines, without flights, bounds, or a thought of speed. */
interface Held {
  value: number | undefined;
  tags: readonly string[];
  expiresAt: number;
  graceUntil: number;
}

class Model {
  readonly held = new Map<string, Held>();
  now = 0;

  put(key: string, value: number | undefined, tags: readonly string[]): void {
    const ttlMs = value === undefined ? NEGATIVE_TTL_MS : TTL_MS;
    this.held.set(key, { value, tags, expiresAt: this.now + ttlMs, graceUntil: value === undefined ? 0 : this.now + ttlMs + GRACE_MS });
  }

  fresh(key: string): Held | undefined {
    const held = this.held.get(key);
    return held !== undefined && this.now < held.expiresAt ? held : undefined;
  }

  grace(key: string): Held | undefined {
    const held = this.held.get(key);
    return held !== undefined && this.now < held.graceUntil ? held : undefined;
  }

  soften(key: string): void {
    const held = this.grace(key);
    if (held === undefined) this.held.delete(key);
    else held.expiresAt = 0;
  }
}

interface Real {
  readonly cache: Cache;
  readonly clock: ManualClock;
}

const TTL_MS = 100;
const NEGATIVE_TTL_MS = 60;
const GRACE_MS = 150;
const KEYS = ["a", "b", "c"];
const TAGS = ["x", "y"];

const key = fc.constantFrom(...KEYS);
const tags = fc.subarray(TAGS);
const value = fc.option(fc.nat(9), { nil: undefined });

class Step implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #run: (model: Model, real: Real) => Promise<void>;

  constructor(name: string, run: (model: Model, real: Real) => Promise<void>) {
    this.#name = name;
    this.#run = run;
  }

  check = () => true;
  run = (model: Model, real: Real) => this.#run(model, real);
  toString = () => this.#name;
}

const steps = [
  fc.tuple(key, value, tags).map(
    ([key, value, tags]) =>
      new Step(`set ${key} ${value} [${tags}]`, async (model, { cache }) => {
        expect(await cache.set(key, value, { tags })).toBe("done");
        model.put(key, value, tags);
      }),
  ),
  fc.tuple(key, value, tags).map(
    ([key, value, tags]) =>
      new Step(`getOrLoad ${key} ${value} [${tags}]`, async (model, { cache }) => {
        const expected = model.fresh(key);
        let loaded = false;
        const got = await cache.getOrLoad<number | undefined>(
          key,
          () => {
            loaded = true;
            return value;
          },
          { tags },
        );
        expect([got, loaded]).toEqual(expected === undefined ? [value, true] : [expected.value, false]);
        if (loaded) model.put(key, value, tags);
      }),
  ),
  key.map(
    (key) =>
      new Step(`getOrLoad ${key}, whose source is away`, async (model, { cache }) => {
        const expected = model.fresh(key) ?? model.grace(key);
        const got = cache.getOrLoad<number | undefined>(key, () => Promise.reject(new Error("away")));
        if (expected === undefined) await expect(got).rejects.toThrow("away");
        else expect(await got).toBe(expected.value);
      }),
  ),
  key.map((key) =>
    step(`delete ${key}`, async (model, { cache }) => {
      await cache.delete(key);
      model.held.delete(key);
    }),
  ),
  key.map((key) =>
    step(`expire ${key}`, async (model, { cache }) => {
      await cache.expire(key);
      model.soften(key);
    }),
  ),
  tags.map((tags) =>
    step(`invalidateTags [${tags}]`, async (model, { cache }) => {
      await cache.invalidateTags(tags);
      for (const [key, held] of model.held) if (held.tags.some((tag) => tags.includes(tag))) model.held.delete(key);
    }),
  ),
  fc.boolean().map((hard) =>
    step(`flush${hard ? " hard" : ""}`, async (model, { cache }) => {
      await cache.flush({ hard });
      if (hard) model.held.clear();
      else for (const key of [...model.held.keys()]) model.soften(key);
    }),
  ),
  fc.nat(120).map((ms) =>
    step(`wait ${ms}`, async (model, { clock }) => {
      clock.advance(ms);
      model.now += ms;
    }),
  ),
];

function step(name: string, run: (model: Model, real: Real) => Promise<void>): Step {
  return new Step(name, run);
}

test("whatever is called, and whenever: a cache says what a map with lifetimes and tags would", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 60 }), async (commands) => {
      const clock = new ManualClock();
      const cache = createCache({
        namespace: "test",
        clock,
        policy: { ttlMs: TTL_MS, negativeTtlMs: NEGATIVE_TTL_MS, graceMs: GRACE_MS },
      });
      const model = new Model();
      await fc.asyncModelRun(() => ({ model, real: { cache, clock } }), commands);
      for (const key of KEYS) expect(cache.peek(key)).toBe(model.fresh(key)?.value);
      const live = [...model.held.values()].filter(({ expiresAt, graceUntil }) => model.now < Math.max(expiresAt, graceUntil));
      const { entries, negativeEntries, flights } = cache.stats();
      expect(entries + negativeEntries).toBeGreaterThanOrEqual(live.length);
      expect(flights).toBe(0);
      await cache.clear();
      expect(cache.stats()).toMatchObject({ entries: 0, negativeEntries: 0, bytes: 0 });
    }),
    { numRuns: 300 },
  );
});

test("whatever is in the air at once: no read gets a value that was deleted before it began, and the end is the same for all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.tuple(fc.nat(5), key), { minLength: 1, maxLength: 25 }), async (scheduler, calls) => {
      const cache = createCache({ namespace: "test", policy: { tags: ["all"] } });
      // The truth of each key: a number that only rises. A read must not get one from before its beginning.
      const truth: Record<string, number> = { a: 0, b: 0, c: 0 };
      const load = async (key: string) => {
        const seen = truth[key]!;
        await scheduler.schedule(Promise.resolve(), `load of ${key}`);
        return seen;
      };
      const act = async (what: number, key: string) => {
        const begunAt = truth[key]!;
        if (what < 3) expect(await cache.getOrLoad(key, () => load(key))).toBeGreaterThanOrEqual(begunAt);
        else if (what === 3) await cache.set(key, ++truth[key]!);
        else {
          for (const each of what === 4 ? [key] : KEYS) truth[each]!++;
          await (what === 4 ? cache.delete(key) : cache.invalidateTags(["all"]));
        }
      };
      const running = calls.map(async ([what, key], index) => {
        await scheduler.schedule(Promise.resolve(), `call ${index}`);
        await act(what, key);
      });
      await scheduler.waitFor(Promise.all(running));
      await settled();
      for (const key of KEYS) {
        const last = cache.peek<number>(key);
        if (last !== undefined) expect(last).toBe(truth[key]);
      }
      expect(cache.stats().flights).toBe(0);
    }),
    { numRuns: 300 },
  );
});

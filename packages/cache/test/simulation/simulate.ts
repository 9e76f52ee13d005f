import type * as cacheLibrary from "../../src/index.ts";
import { Database, type State } from "./database.ts";
import { Random } from "./random.ts";
import { Scheduler, settle } from "./scheduler.ts";

/** The library under test: the real one, or a mutant of it. */
export type Library = typeof cacheLibrary;

/** The first promise that a run broke: the name of the check, and enough to find the place again. */
export interface Violation {
  readonly check: "FRESH" | "BOUND" | "MONO" | "CONVERGE" | "SETTLES";
  readonly detail: string;
}

const LEASE_MS = 2_000;
const TAGS = ["trip:1", "trip:2", "trip:3"];
const STEPS = 150;

/** What the world does next, and how often. */
const ACTIONS = {
  request: 40,
  twoRequestsInOneTurn: 6,
  read: 22,
  readPage: 8,
  edit: 5,
  editAndHear: 6,
  pass: 10,
  passLong: 1.5,
  dump: 1.5,
  restore: 2,
  flush: 0.7,
  invalidate: 1.5,
};

interface Page extends cacheLibrary.Provenance {
  readonly value: number | undefined;
}

/**
 * One run: one worker with a cache and a store of finished pages, on a database whose edits, restores, flushes and lost requests
 * come in an order that the seed chooses. Every answer is checked against what was true when.
 *
 * @returns the first violation, or `undefined`
 */
export async function simulate(library: Library, seed: number): Promise<Violation | undefined> {
  const run = new Run(library, seed);
  try {
    await run.go();
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.violation;
    throw error;
  }
}

class Broken extends Error {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(`${violation.check}: ${violation.detail}`);
    this.violation = violation;
  }
}

class Run {
  readonly #random: Random;
  readonly #library: Library;
  readonly #scheduler: Scheduler;
  readonly #clock: cacheLibrary.ManualClock;
  readonly #database = new Database(TAGS);
  readonly #freshness: cacheLibrary.Freshness;
  readonly #cache: cacheLibrary.Cache;
  readonly #pages: cacheLibrary.MemoryTier<Page>;
  /** How likely a request is lost in this run; 0 in half of them. */
  readonly #failing: number;
  #dump: ReturnType<Database["dump"]> | undefined;
  /** The place of the present moment in the order of events. */
  #order = 0;
  /** The last place of which it is promised that nothing replaced before it is served: the start of the last `hear` that resolved. */
  #heard = 0;
  /** For each tag the newest state that a finished read got since the history last broke: was restored, or was seen to be. */
  readonly #seen = new Map<string, number>();
  #lastBreak = 0;
  readonly #open = new Set<Promise<void>>();
  #violation: Violation | undefined;

  constructor(library: Library, seed: number) {
    this.#library = library;
    this.#random = new Random(seed);
    this.#scheduler = new Scheduler(this.#random);
    this.#clock = new library.ManualClock();
    this.#failing = this.#random.chance(0.5) ? 0 : 0.05;
    const authority = {
      poll: (since: cacheLibrary.Position | undefined) => this.#scheduler.request(() => this.#database.poll(since), this.#failing),
    };
    this.#freshness = library.createFreshness({ authority, clock: this.#clock, leaseMs: LEASE_MS });
    this.#cache = library.createCache({
      namespace: "simulation",
      clock: this.#clock,
      freshness: this.#freshness,
      l1: { maxEntries: this.#random.pick([1, 3, 100]), maxBytes: 1_000_000 },
      policy: { ttlMs: Number.POSITIVE_INFINITY, negativeTtlMs: Number.POSITIVE_INFINITY, hardTimeoutMs: 5_000 },
    });
    this.#pages = new library.MemoryTier<Page>({
      maxEntries: this.#random.pick([1, 3, 100]),
      maxBytes: 1_000,
      sizeOf: () => 1,
      tagsOf: (page) => [page.tag],
    });
    this.#freshness.addHolder(this.#pages);
    this.#freshness.on("break", () => this.#historyBroke());
  }

  async go(): Promise<void> {
    if (this.#random.chance(0.7)) this.#track(this.#freshness.start());
    for (let step = 0; step < STEPS; step++) {
      this.#order++;
      this.#act();
      await settle();
      if (this.#violation !== undefined) throw new Broken(this.#violation);
    }
    await this.#quiet();
  }

  #act(): void {
    const action = this.#random.weighted(ACTIONS);
    const tag = this.#random.pick(TAGS);
    const key = `${tag}/${this.#random.pick(["a", "b"])}`;
    if (action === "request" || action === "twoRequestsInOneTurn") this.#scheduler.step();
    if (action === "twoRequestsInOneTurn") this.#scheduler.step();
    if (action === "read") this.#track(this.#read(key, tag));
    if (action === "readPage") this.#readPage(key, tag);
    if (action === "edit" || action === "editAndHear") this.#database.edit(tag, this.#random.chance(0.2), this.#order, this.#clock.now());
    if (action === "editAndHear") this.#track(this.#hear());
    if (action === "pass") this.#clock.advance(this.#random.pick([1, 20, 60, 160, 400]));
    if (action === "passLong") this.#clock.advance(this.#random.pick([900, 1_700, 2_500]));
    if (action === "dump") this.#dump = this.#database.dump();
    if (action === "restore" && this.#dump !== undefined) {
      this.#database.restore(this.#dump, this.#order, this.#clock.now());
      this.#historyBroke();
    }
    if (action === "flush")
      this.#random.pick([() => this.#database.flushHard(), () => this.#database.flushSoft(), () => this.#database.prune(2)])();
    if (action === "invalidate")
      this.#track((this.#random.chance(0.5) ? this.#cache.delete(key) : this.#cache.invalidateTags([tag])).then(() => {}));
  }

  #historyBroke(): void {
    this.#lastBreak = this.#order;
    this.#seen.clear();
  }

  /** What an editor does after its commit. When it resolves, nothing from before the call may be served any more. */
  async #hear(): Promise<void> {
    const calledAt = this.#order;
    await this.#freshness.hear();
    this.#heard = Math.max(this.#heard, calledAt);
  }

  async #read(key: string, tag: string): Promise<void> {
    const check = this.#checkFor(tag);
    const entry = await this.#cache.getOrLoadEntry(key, () => this.#load(tag));
    check(entry.value, "read");
    // Made from the entry, which takes its time; then kept with the entry's provenance.
    await this.#scheduler.request(() => {}, 0);
    this.#pages.set(key, { value: entry.value, tag: entry.tag, version: entry.version, generation: entry.generation });
  }

  async #load(tag: string): Promise<cacheLibrary.Versioned<number | undefined>> {
    const { state, reading } = await this.#scheduler.request(() => this.#database.find(tag), this.#failing);
    return this.#library.versioned(state.gone ? undefined : state.id, reading);
  }

  #readPage(key: string, tag: string): void {
    const page = this.#pages.get(key);
    if (page !== undefined && this.#freshness.isCurrent(page)) this.#checkFor(tag)(page.value, "page");
  }

  /** Notes what a read that starts now may get, and returns what checks its answer. */
  #checkFor(tag: string): (value: number | undefined, what: string) => void {
    const [order, atMs, heard, seen] = [this.#order, this.#clock.now(), this.#heard, this.#seen.get(tag) ?? -1];
    return (value, what) => {
      const candidates =
        value === undefined ? this.#database.states.filter((state) => state.tag === tag && state.gone) : [this.#database.states[value]!];
      const complain = (check: Violation["check"]) => {
        const newest = this.#database.currentOf(tag);
        this.#violation ??= {
          check,
          detail: `${what} of ${tag} begun at #${order} (${atMs} ms, heard #${heard}) got state ${value}; current is ${newest.id}`,
        };
      };
      const some = (may: (state: State) => boolean) => candidates.some(may);
      if (!some((state) => state.until > heard)) complain("FRESH");
      else if (!some((state) => state.untilMs >= atMs - LEASE_MS)) complain("BOUND");
      else if (this.#lastBreak < order && !some((state) => state.id >= seen)) complain("MONO");
      if (this.#lastBreak < order && value !== undefined) this.#seen.set(tag, Math.max(value, this.#seen.get(tag) ?? -1));
    };
  }

  /** After quiet and L everything settles, every answer is what the database says, and closing leaves nothing behind. */
  async #quiet(): Promise<void> {
    await this.#drain();
    this.#clock.advance(LEASE_MS);
    await this.#drain();
    for (const tag of TAGS) {
      for (const key of [`${tag}/a`, `${tag}/b`]) {
        const value = await this.#readUntilAnswered(key, tag);
        const current = this.#database.currentOf(tag);
        if (value !== (current.gone ? undefined : current.id))
          throw new Broken({ check: "CONVERGE", detail: `${key} is ${value}, the database says ${current.id}` });
      }
    }
    this.#track(this.#cache.close());
    this.#track(this.#freshness.close());
    await this.#drain();
    if (this.#clock.alarms > 0) throw new Broken({ check: "SETTLES", detail: "timers are left after close" });
  }

  async #readUntilAnswered(key: string, tag: string): Promise<number | undefined> {
    const answers: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 20 && answers.length === 0; attempt++) {
      const reading = this.#cache.getOrLoad(key, () => this.#load(tag));
      this.#track(reading.then((value) => void answers.push(value)));
      await this.#drain();
    }
    if (answers.length === 0) throw new Broken({ check: "SETTLES", detail: `${key} could not be read in twenty attempts` });
    return answers[0];
  }

  /** Goes on until nothing waits any more. */
  async #drain(): Promise<void> {
    for (let step = 0; step < 2_000 && !(this.#open.size === 0 && this.#scheduler.idle); step++) {
      this.#order++;
      if (this.#scheduler.idle) this.#clock.advance(100);
      else this.#scheduler.step();
      await settle();
      if (this.#violation !== undefined) throw new Broken(this.#violation);
    }
    if (this.#open.size > 0) throw new Broken({ check: "SETTLES", detail: `${this.#open.size} reads never settled` });
  }

  /** Requests are lost, so reads and polls may fail; what they answer when they do not is checked where it arrives. */
  #track(work: Promise<void>): void {
    const forget = () => {
      this.#open.delete(done);
    };
    const done: Promise<void> = work.then(forget, forget);
    this.#open.add(done);
  }
}

import type * as cacheLibrary from "../../src/index.ts";
import { chooseL2, choosePolicy } from "./choices.ts";
import { Database, type State } from "./database.ts";
import { HostileTier } from "./hostile-tier.ts";
import { type Lane, SAFE_LANE } from "./scheduler.ts";
import { Worker } from "./worker.ts";
import { type Library, World } from "./world.ts";

const LEASE_MS = 2_000;
/** So short that it ends while polls are lost, which in a run takes some seconds at most. */
const STAND_IN_MS = 2_500;
const TAGS = ["trip:1", "trip:2", "trip:3"];
const KEYS = TAGS.flatMap((tag) => [`${tag}/a`, `${tag}/b`]);
const tagOf = (key: string) => key.slice(0, -2);

/** What the world does next, and how often. */
const ACTIONS = {
  request: 40,
  twoRequestsInOneTurn: 6,
  read: 22,
  readMany: 3,
  readPage: 8,
  explain: 1,
  edit: 5,
  editAndHear: 6,
  editAndSet: 2,
  pass: 10,
  passLong: 1.5,
  dump: 1.5,
  restore: 2,
  flush: 0.7,
  prune: 0.3,
  invalidate: 1.5,
};

/** What the world does besides when there is a second tier. */
const ACTIONS_WITH_L2 = { ...ACTIONS, request: 60, l2: 1.5, restart: 0.7 };

export interface FreshnessWorldOptions {
  readonly workers: number;
  readonly l2: boolean;
}

/**
 * A database versions all values. Workers, each with a cache and a store of finished pages, read it while edits, restores,
 * flushes and lost requests come in an order that the seed chooses; they may share a second tier, which is not to be believed.
 */
export class FreshnessWorld extends World {
  readonly #database = new Database(TAGS);
  readonly #databaseLane: Lane;
  readonly #sourceLane: Lane;
  readonly #l2: HostileTier | undefined;
  readonly #l2Lane: Lane;
  readonly #options: Omit<cacheLibrary.CacheOptions, "freshness">;
  readonly #workers: Worker[];
  #dump: ReturnType<Database["dump"]> | undefined;
  #l2Dump: ReturnType<HostileTier["dump"]> = new Map();
  #restoredAt = 0;
  #flushes = 0;
  /** When a key was last answered in grace: then the answer may be older than the lease, as nobody could be asked. */
  readonly #graceAt = new Map<string, number>();

  constructor(library: Library, seed: number, trail: string[] | undefined, { workers, l2 }: FreshnessWorldOptions) {
    super(library, seed, trail);
    const { random } = this;
    const failing = random.chance(0.5) ? 0 : 0.05;
    this.#databaseLane = { failing };
    this.#sourceLane = { failing: random.pick([failing, failing, 0.3]) };
    this.#l2Lane = { failing };
    this.#l2 = l2 ? new HostileTier(random, this.scheduler, this.clock, this.#l2Lane, random.pick([0, 0.2, 0.6])) : undefined;
    this.#options = {
      namespace: "simulation",
      clock: this.clock,
      random: () => random.next(),
      policy: choosePolicy(random),
      ...(this.#l2 === undefined ? {} : { l2: this.#chooseL2(this.#l2) }),
    };
    this.#workers = Array.from({ length: workers }, (_, index) => this.#hire(`w${index + 1}`));
  }

  protected override act(): void {
    const { random } = this;
    const actions = this.#l2 === undefined ? { ...ACTIONS, l2: 0, restart: 0 } : ACTIONS_WITH_L2;
    const action = random.weighted({ ...actions, request: actions.request * this.pace });
    const worker = random.pick(this.#workers);
    const key = random.pick(KEYS);
    const tag = tagOf(key);
    if (action === "request" || action === "twoRequestsInOneTurn") this.scheduler.step();
    if (action === "twoRequestsInOneTurn") this.scheduler.step();
    if (action === "read") this.track(this.#read(worker, key));
    if (action === "readMany") this.track(this.#readMany(worker, [key, random.pick(KEYS), random.pick(KEYS)]));
    if (action === "explain") this.track(worker.cache.explain(key));
    if (action === "readPage") this.#readPage(worker, key);
    if (action === "edit" || action === "editAndHear" || action === "editAndSet") this.#edit(tag);
    if (action === "editAndHear") this.track(this.#hear(worker));
    if (action === "editAndSet") this.track(this.#set(worker, key));
    if (action === "pass") this.clock.advance(random.pick([1, 20, 60, 160, 400]));
    if (action === "passLong") this.clock.advance(random.pick([900, 1_700, 2_500]));
    if (action === "dump") this.#dump = this.#database.dump();
    if (action === "restore" && this.#dump !== undefined) this.#restore(this.#dump);
    if (action === "flush") this.#flush();
    if (action === "prune") this.#database.prune(2);
    if (action === "invalidate") this.track(this.#invalidate(worker, key));
    if (action === "l2") this.#disturbL2(this.#l2!);
    if (action === "restart") this.#restart(worker);
  }

  /** After quiet and L everything settles, every answer is what the database says, and closing leaves nothing behind. */
  protected override async quiet(): Promise<void> {
    this.#databaseLane.failing = this.#sourceLane.failing = this.#l2Lane.failing = 0;
    await this.drain();
    this.clock.advance(LEASE_MS);
    await this.drain();
    const newcomer = this.#l2 === undefined ? [] : [this.#hire("newcomer")];
    const workers = [...this.#workers, ...newcomer];
    for (const worker of workers) for (const key of KEYS) await this.#checkConverged(worker, key);
    for (const worker of workers) this.track(worker.close());
    await this.drain();
    if (this.clock.alarms > 0) this.fail("SETTLES", "timers are left after close");
  }

  #chooseL2(tier: HostileTier): cacheLibrary.L2Options {
    const unused = () => Promise.reject(new Error("A freshness stands in for it."));
    const connection: cacheLibrary.Connection = {
      tier,
      bus: { signal: unused, subscribe: () => () => {} },
      authority: { poll: unused, bump: unused, flush: unused },
      close: () => Promise.resolve(),
    };
    return { ...chooseL2(this.random), backend: { connect: () => connection } };
  }

  #hire(name: string): Worker {
    const { random, library } = this;
    const database = this.#database;
    const ask = <T>(look: () => T) => this.scheduler.request(look, this.#databaseLane);
    const freshness = library.createFreshness({
      authority: { poll: (since) => ask(() => database.poll(since)), versionOf: (tag) => ask(() => database.find(tag).reading) },
      clock: this.clock,
      leaseMs: LEASE_MS,
      standInMs: STAND_IN_MS,
    });
    const options = { ...this.#options, freshness, l1: { maxEntries: random.pick([1, 3, 100]), maxBytes: 1_000_000 } };
    const worker = new Worker(name, library, freshness, options, random.pick([1, 3, 100]));
    freshness.on("break", ({ reason }) => {
      worker.historyBroke(this.moment());
      this.note(() => `${name} breaks: ${reason}`);
    });
    worker.cache.on("read", ({ key, status, tier }) => {
      this.count(tier === "l2" ? `${status} from l2` : status);
      if (status === "grace") this.#graceAt.set(`${name} ${key}`, this.moment());
    });
    if (random.chance(0.7)) this.track(freshness.start());
    return worker;
  }

  #restart(worker: Worker): void {
    this.note(() => `${worker.name} restarts`);
    this.track(worker.close());
    this.#workers[this.#workers.indexOf(worker)] = this.#hire(worker.name);
  }

  #edit(tag: string): void {
    const state = this.#database.edit(tag, this.random.chance(0.2), this.moment(), this.clock.now());
    this.note(() => `${tag} is edited: state ${state.id}${state.gone ? ", gone" : ""}`);
  }

  #flush(): void {
    const hard = this.random.chance(0.5);
    this.#flushes++;
    this.#database.flush(hard, this.moment(), this.clock.now());
    this.note(() => `all is flushed, ${hard ? "hard" : "softly"}: states ${TAGS.map((tag) => this.#database.currentOf(tag).id)}`);
  }

  #restore(dump: NonNullable<ReturnType<Database["dump"]>>): void {
    this.#database.restore(dump, this.moment(), this.clock.now());
    this.#restoredAt = this.moment();
    for (const worker of this.#workers) worker.seen.clear();
    this.note(() => `a dump is restored: states ${TAGS.map((tag) => this.#database.currentOf(tag).id)}`);
  }

  #disturbL2(l2: HostileTier): void {
    const what = this.random.pick(["dump", "restore", "forget"]);
    if (what === "dump") this.#l2Dump = l2.dump();
    if (what === "restore") l2.restore(this.#l2Dump);
    if (what === "forget") l2.forgetAll();
    this.note(() => `l2: ${what}`);
  }

  async #invalidate({ cache }: Worker, key: string): Promise<void> {
    const how = this.random.pick(["delete", "expire", "invalidateTags", "flush"]);
    if (how === "delete") await cache.delete(key);
    if (how === "expire") await cache.expire(key);
    if (how === "invalidateTags") await cache.invalidateTags([tagOf(key)]);
    if (how === "flush") await cache.flush({ hard: this.random.chance(0.5) });
  }

  /** What an editor does after its commit. When it resolves, nothing from before the call may be served any more. */
  async #hear(worker: Worker): Promise<void> {
    const calledAt = this.moment();
    await worker.freshness.hear();
    worker.heard = Math.max(worker.heard, calledAt);
    this.note(() => `${worker.name} has heard what was before #${calledAt}`);
  }

  /** What an editor puts in is of a snapshot; that everything was flushed since then it does not say. */
  async #set(worker: Worker, key: string): Promise<void> {
    const flushes = this.#flushes;
    const value = await this.#load(tagOf(key));
    if (flushes === this.#flushes) await worker.cache.set(key, value, { versionTag: tagOf(key) });
  }

  async #read(worker: Worker, key: string): Promise<void> {
    const check = this.#checkFor(worker, key);
    const policy = { versionTag: tagOf(key), ...(this.random.chance(0.1) ? { fillLock: true } : {}) };
    const entry = await worker.cache.getOrLoadEntry(key, () => this.#load(tagOf(key)), policy);
    check(entry.value, "read");
    // Made from the entry, which takes its time; then kept with the entry's provenance.
    await this.scheduler.request(() => {}, SAFE_LANE);
    worker.pages.set(key, { value: entry.value, tag: entry.tag, version: entry.version, generation: entry.generation });
  }

  async #readMany(worker: Worker, keys: readonly string[]): Promise<void> {
    const checks = keys.map((key) => this.#checkFor(worker, key));
    const loadAll = async (missing: readonly string[]) => {
      const load = () => missing.map((key) => [key, this.#find(tagOf(key))] as const);
      return new Map(await this.scheduler.request(load, this.#sourceLane));
    };
    const values = await worker.cache.getOrLoadMany(keys, loadAll, { versionTag: tagOf(keys[0]!) });
    for (const [index, check] of checks.entries()) check(values[index], "batch");
  }

  #load(tag: string): Promise<cacheLibrary.Versioned<number | undefined>> {
    return this.scheduler.request(() => this.#find(tag), this.#sourceLane);
  }

  #find(tag: string): cacheLibrary.Versioned<number | undefined> {
    const { state, reading } = this.#database.find(tag);
    return this.library.versioned(state.gone ? undefined : state.id, reading);
  }

  #readPage(worker: Worker, key: string): void {
    const page = worker.pages.get(key);
    if (page !== undefined && worker.freshness.isCurrent(page)) this.#checkFor(worker, key)(page.value, "page");
  }

  /** Notes what a read that starts now may get, and returns what checks its answer. */
  #checkFor(worker: Worker, key: string): (value: number | undefined, what: string) => void {
    const tag = tagOf(key);
    const { heard } = worker;
    const seen = worker.seen.get(tag) ?? -1;
    const [begunAt, begunAtMs] = [this.moment(), this.clock.now()];
    return (value, what) => {
      const { states } = this.#database;
      const candidates = value === undefined ? states.filter((state) => state.tag === tag && state.gone) : [states[value]!];
      const some = (may: (state: State) => boolean) => candidates.some(may);
      const unbroken = Math.max(worker.brokeAt, this.#restoredAt) < begunAt;
      const inGrace = (this.#graceAt.get(`${worker.name} ${key}`) ?? 0) > begunAt;
      const complain = (check: string) =>
        this.violate(
          check,
          `${worker.name}'s ${what} of ${key}, begun at #${begunAt} (${begunAtMs} ms, heard #${heard}), got state ${value}; current is ${this.#database.currentOf(tag).id}`,
        );
      this.note(() => `${worker.name}'s ${what} of ${key}, begun at #${begunAt}, gets ${value}`);
      if (!some((state) => state.tag === tag)) complain("MIXED");
      else if (!some((state) => (inGrace ? state.copyUntil : state.until) > heard)) complain("FRESH");
      else if (!some((state) => state.untilMs >= begunAtMs - (inGrace ? STAND_IN_MS : LEASE_MS))) complain("BOUND");
      else if (!inGrace && unbroken && !some((state) => state.rank >= seen)) complain("MONO");
      if (unbroken && value !== undefined) worker.seen.set(tag, Math.max(states[value]!.rank, worker.seen.get(tag) ?? -1));
    };
  }

  async #checkConverged(worker: Worker, key: string): Promise<void> {
    const answers: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 20 && answers.length === 0; attempt++) {
      const reading = worker.cache.getOrLoad(key, () => this.#load(tagOf(key)), { versionTag: tagOf(key) });
      this.track(reading.then((value) => void answers.push(value)));
      await this.drain();
    }
    if (answers.length === 0) this.fail("SETTLES", `${worker.name} could not read ${key} in twenty attempts`);
    const current = this.#database.currentOf(tagOf(key));
    if (answers[0] !== (current.gone ? undefined : current.id))
      this.fail("CONVERGE", `${worker.name} says ${answers[0]} for ${key}, the database says ${current.id}${current.gone ? ", gone" : ""}`);
  }
}

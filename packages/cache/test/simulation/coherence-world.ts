import { AsyncLocalStorage } from "node:async_hooks";
import type * as cacheLibrary from "../../src/index.ts";
import { Accidents } from "./accidents.ts";
import { chooseL2, choosePolicy } from "./choices.ts";
import { HostileTier } from "./hostile-tier.ts";
import { Ledger } from "./ledger.ts";
import { LossyBus } from "./lossy-bus.ts";
import { Peer, type PeerOptions, type Site } from "./peer.ts";
import type { Lane } from "./scheduler.ts";
import { ToldLog } from "./told-log.ts";
import { type Fact, type Scope, Truth } from "./truth.ts";
import { type Library, World } from "./world.ts";

const LEASE_MS = 2_000;
const POLL_EVERY_MS = 400;
const KEYS = ["a", "b", "c", "d"] as const;
const GROUPS = ["x", "y"];

/** What the world does next, and how often. */
const ACTIONS = {
  request: 60,
  twoRequestsInOneTurn: 6,
  read: 20,
  readMany: 3,
  peek: 3,
  edit: 10,
  race: 3,
  pass: 7,
  passLong: 0.8,
  accident: 9.7,
  restart: 0.7,
  checkStats: 3,
  explain: 1,
};

/** How what was edited is made known. */
const INVALIDATIONS = { delete: 5, set: 5, tags: 3, expire: 3, softFlush: 0.5, hardFlush: 0.3 };

/**
 * Nobody versions the values: whoever changes one says so, with a delete, a set, a tag or a flush. Peers keep themselves coherent
 * by a log of these, over a bus that loses messages, and share a second tier that is not to be believed; the log is lost, cut
 * off, pruned and restored from old dumps, and processes are restarted, in an order that the seed chooses.
 */
export class CoherenceWorld extends World {
  readonly #truth = new Truth();
  readonly #ledger = new Ledger(this.#truth);
  readonly #setting = new AsyncLocalStorage<Fact>();
  readonly #lane: Lane;
  readonly #logLane: Lane;
  readonly #sourceLane: Lane;
  readonly #site: Site;
  readonly #options: PeerOptions;
  /** The fewer, the more often several things happen to the same. */
  readonly #keys: readonly string[];
  readonly #peers: Peer[];
  /** Those who are closed included. */
  readonly #everybody: Peer[] = [];
  readonly #accidents: Accidents;
  /** When a key was last answered in grace by a peer. */
  readonly #graceAt = new Map<string, number>();

  constructor(library: Library, seed: number, trail?: string[]) {
    super(library, seed, trail);
    const { random, scheduler, clock } = this;
    const failing = random.chance(0.4) ? 0 : 0.05;
    this.#lane = { failing };
    this.#logLane = { failing };
    this.#sourceLane = { failing: random.pick([0, 0.05, 0.5]) };
    const logOptions = { brief: random.chance(0.5), fromZero: random.chance(0.5) };
    const moment = () => this.moment();
    const log = new ToldLog(logOptions, this.#ledger, moment, () => this.#everybody);
    const l2 = new HostileTier(random, scheduler, clock, this.#lane, random.pick([0, 0.2, 0.6]));
    const bus = new LossyBus(random, scheduler, this.#lane);
    this.#accidents = new Accidents(random, log, l2, this.#logLane);
    const note = (what: () => string) => this.note(what);
    this.#site = { scheduler, clock, log, logLane: this.#logLane, bus, l2, leaseMs: LEASE_MS, setting: this.#setting, note };
    this.#options = this.#choose();
    this.#keys = KEYS.slice(0, random.pick([1, 2, 4, 4]));
    for (const key of this.#keys) this.#truth.edit(key, random.pick(GROUPS), false, 0);
    this.#peers = Array.from({ length: random.pick([2, 3]) }, (_, index) => this.#join(`p${index + 1}`));
  }

  protected override act(): void {
    const { random } = this;
    const action = random.weighted({ ...ACTIONS, request: ACTIONS.request * this.pace });
    const peer = random.pick(this.#peers);
    const key = random.pick(this.#keys);
    if (action === "request" || action === "twoRequestsInOneTurn") this.scheduler.step();
    if (action === "twoRequestsInOneTurn") this.scheduler.step();
    if (action === "read") this.track(this.#read(peer, key));
    if (action === "readMany") this.track(this.#readMany(peer, [key, random.pick(this.#keys), random.pick(this.#keys)]));
    if (action === "peek") this.#peek(peer, key);
    if (action === "edit" || action === "race") this.#edit(peer, key);
    if (action === "race") this.#edit(random.pick(this.#peers), key);
    if (action === "pass") this.clock.advance(random.pick([1, 20, 60, 160, 400]));
    if (action === "passLong") this.clock.advance(random.pick([900, 1_700, 2_500]));
    if (action === "accident") this.#accident();
    if (action === "restart") this.#restart(peer);
    if (action === "checkStats") this.#checkStats(peer);
    if (action === "explain") this.track(peer.cache.explain(key));
  }

  /** After quiet and a few polls all agree, with the truth as far as it can be known, and closing leaves nothing behind. */
  protected override async quiet(): Promise<void> {
    this.#lane.failing = this.#logLane.failing = this.#sourceLane.failing = 0;
    this.note(() => "quiet");
    await this.drain();
    for (let beat = 0; beat < 8; beat++) {
      this.clock.advance(POLL_EVERY_MS);
      await this.drain();
    }
    const peers = [...this.#peers, this.#join("newcomer")];
    for (const peer of peers) for (const key of this.#keys) await this.#checkConverged(peer, key);
    if (this.#ledger.hasIdleWitness()) this.fail("SETTLES", "nobody has noticed that the log was put back");
    await this.#checkWorks(peers, this.#keys[0]!);
    for (const { name, cache } of peers) {
      const { verified, journal } = cache.stats().coherence!;
      if (!verified || journal > 0) this.fail("SETTLES", `${name} is left with verified ${verified}, journal ${journal}`);
    }
    for (const peer of peers) this.track(peer.close());
    await this.drain();
    if (this.clock.alarms > 0) this.fail("SETTLES", "timers are left after close");
  }

  #choose(): PeerOptions {
    const { random } = this;
    const tags = (id: unknown) => [this.#truth.facts[id as number]!.group];
    return {
      namespace: "simulation",
      clock: this.clock,
      random: () => random.next(),
      policy: { ...choosePolicy(random), tags, tiers: random.pick(["both", "both", "both", "l2"] as const) },
      shadowRate: random.pick([0, 0.1]),
      l2: {
        ...chooseL2(random),
        coherence: {
          leaseMs: LEASE_MS,
          pollEveryMs: POLL_EVERY_MS,
          announceTimeoutMs: random.pick([250, 1_000]),
          maxChanges: random.pick([1, 3, 1_000]),
          maxJournal: random.pick([1, 1_000]),
        },
      },
    };
  }

  #join(name: string): Peer {
    const l1 = { maxEntries: this.random.pick([1, 100]) };
    const peer = new Peer(name, this.#site, this.library, { ...this.#options, l1 });
    this.#everybody.push(peer);
    peer.cache.on("read", ({ key, status, tier }) => {
      if (tier === "l2" && this.clock.now() >= peer.heardAskedAtMs + 0.95 * LEASE_MS)
        this.violate("TRUST", `${name} believes the second tier of ${key} although its lease is over`);
      this.count(tier === "l2" ? `${status} from l2` : status);
      if (status === "grace") this.#graceAt.set(`${name} ${key}`, this.moment());
    });
    return peer;
  }

  #restart(peer: Peer): void {
    this.note(() => `${peer.name} restarts`);
    this.track(peer.close());
    const successor = this.#join(peer.name);
    this.#peers[this.#peers.indexOf(peer)] = successor;
    // Also what is asked of a process before it knows its log counts in the order it was asked.
    const key = this.random.pick(this.#keys);
    for (let edits = this.random.below(3); edits > 0; edits--) this.#edit(successor, key);
  }

  #accident(): void {
    const what = this.#accidents.next();
    this.note(() => what);
  }

  #edit(peer: Peer, key: string): void {
    const { random } = this;
    const { cache } = peer;
    const how = random.weighted(INVALIDATIONS);
    const group = random.pick(GROUPS);
    const ofGroup = this.#keys.filter((each) => !this.#truth.find(each).gone && this.#truth.find(each).group === group);
    const keys = how === "tags" ? ofGroup : [key];
    const facts = keys.map((each) => this.#truth.edit(each, random.pick(GROUPS), random.chance(0.15), this.moment()));
    this.note(() => `${peer.name} edits, then ${how} ${how === "tags" ? group : key}: ${facts.map(describe)}`);
    if (how === "delete") this.#call(peer, { words: [`=${key}`], hard: true }, () => cache.delete(key));
    if (how === "expire") this.#call(peer, { words: [`~=${key}`], hard: true }, () => cache.expire(key));
    if (how === "tags") this.#call(peer, { words: [`#${group}`], hard: true }, () => cache.invalidateTags([group]));
    if (how === "softFlush") this.#call(peer, { words: "everything", hard: false }, () => cache.flush());
    if (how === "hardFlush") this.#call(peer, { words: "everything", hard: true }, () => cache.clear());
    if (how === "set") this.#call(peer, { words: [`=${key}`], hard: true }, () => this.#set(peer, facts[0]!));
  }

  async #set(peer: Peer, fact: Fact, policy: cacheLibrary.Policy = {}): Promise<unknown> {
    this.#ledger.takeOff(fact, peer);
    try {
      return await this.#setting.run(fact, () => peer.cache.set(fact.key, fact.gone ? undefined : fact.id, policy));
    } finally {
      this.#ledger.land(fact, this.moment());
    }
  }

  #call(peer: Peer, scope: Scope, verb: () => Promise<unknown>): void {
    const call = this.#ledger.call(peer, scope, this.moment());
    const calling = verb().then((reach) => {
      call.resolvedAt = this.moment();
      this.count(`${reach}`);
      this.note(() => `${peer.name}'s call of #${call.moment} is ${reach}`);
    });
    this.track(calling);
  }

  async #read(peer: Peer, key: string): Promise<void> {
    const check = this.#checkFor(peer, key);
    const options = this.random.chance(0.1) ? { fillLock: true } : {};
    check(await peer.cache.getOrLoad(key, () => this.#load(key), options), "read");
  }

  async #readMany(peer: Peer, keys: readonly string[]): Promise<void> {
    const checks = keys.map((key) => this.#checkFor(peer, key));
    const loadAll = async (missing: readonly string[]) => {
      const load = () => missing.map((key) => [key, this.#find(key)] as const);
      return new Map(await this.scheduler.request(load, this.#sourceLane));
    };
    const values = await peer.cache.getOrLoadMany(keys, loadAll);
    for (const [index, check] of checks.entries()) check(values[index], "batch");
  }

  #peek(peer: Peer, key: string): void {
    const value = peer.cache.peek<number>(key);
    if (value !== undefined) this.#checkFor(peer, key)(value, "peek");
  }

  #load(key: string): Promise<number | undefined> {
    return this.scheduler.request(() => this.#find(key), this.#sourceLane);
  }

  #find(key: string): number | undefined {
    const { gone, id } = this.#truth.find(key);
    return gone ? undefined : id;
  }

  /** Notes what a read that starts now may get, and returns what checks its answer. */
  #checkFor(peer: Peer, key: string): (value: number | undefined, what: string) => void {
    const { heard } = peer;
    const begunAt = this.moment();
    return (value, what) => {
      const { facts } = this.#truth;
      const inGrace = (this.#graceAt.get(`${peer.name} ${key}`) ?? 0) > begunAt;
      this.note(() => `${peer.name}'s ${what} of ${key}, begun at #${begunAt}, gets ${value}${inGrace ? " in grace" : ""}`);
      const answers = value === undefined ? facts.filter((fact) => fact.key === key && fact.gone) : [facts[value]!];
      const isMixedUp = !answers.some((fact) => fact.key === key);
      const breach = isMixedUp ? "MIXED" : this.#ledger.findBreach(answers, { peer, begunAt, heard, inGrace });
      if (breach !== undefined)
        this.violate(breach, `${peer.name}'s ${what} of ${key}, begun at #${begunAt} (heard #${heard}), got ${value}`);
    };
  }

  /** Whether `verified` and the bound beside it are honest. */
  #checkStats({ name, cache, heardAskedAtMs }: Peer): void {
    const { verified, stalenessBoundMs } = cache.stats().coherence!;
    const agoMs = this.clock.now() - heardAskedAtMs;
    if (verified && !(agoMs < LEASE_MS)) this.violate("VERIFIED", `${name} says so, and was last told what is so ${agoMs} ms ago`);
    if (stalenessBoundMs < agoMs) this.violate("VERIFIED", `${name} says ${stalenessBoundMs} ms, it is ${agoMs} ms`);
  }

  async #checkConverged(peer: Peer, key: string): Promise<void> {
    const answers: (number | undefined)[] = [];
    const check = this.#checkFor(peer, key);
    const reading = peer.cache
      .getOrLoad(key, () => this.#load(key))
      .then((value) => {
        check(value, "last read");
        answers.push(value);
      });
    this.track(reading);
    await this.drain();
    if (answers.length === 0) this.fail("SETTLES", `${peer.name} could not read ${key}`);
    const truth = this.#find(key);
    if (answers[0] !== truth && this.#ledger.isCertain(key, peer.heard))
      this.fail("CONVERGE", `${peer.name} says ${answers[0]} for ${key}, in truth it is ${truth}`);
  }

  /** When nothing is in its way a set is kept, and reaches all. */
  async #checkWorks(peers: readonly Peer[], key: string): Promise<void> {
    const fact = this.#truth.edit(key, GROUPS[0]!, false, this.moment());
    const reached: unknown[] = [];
    this.track(this.#set(peers[0]!, fact, { tiers: "both" }).then((reach) => reached.push(reach)));
    await this.drain();
    if (reached[0] !== "done") this.fail("WORKS", `a set that nothing is in the way of is ${reached[0]}`);
    this.clock.advance(POLL_EVERY_MS);
    await this.drain();
    for (const peer of peers) await this.#checkConverged(peer, key);
  }
}

const describe = ({ key, id, group, gone }: Fact) => `${key}=${id}${gone ? " gone" : ` in ${group}`}`;

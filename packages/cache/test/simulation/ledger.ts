import type { Peer } from "./peer.ts";
import { type Fact, reachOf, type Scope, type Truth } from "./truth.ts";

/** An invalidation that the log was told. */
export interface LogRecord extends Scope {
  readonly moment: number;
  /** Facts that it does not reach: they were on their way in by a `set` whose own change is this one, or comes later. */
  readonly spared: ReadonlySet<Fact>;
}

/** An invalidation that a peer was asked for, after the facts that it is about had changed. */
export interface Call {
  readonly peer: Peer;
  readonly moment: number;
  /** Which facts must go by it, and whether a copy may be kept. */
  readonly facts: ReadonlyMap<Fact, "hard" | "soft">;
  /** When it resolved; `Infinity`: not yet. */
  resolvedAt: number;
}

/** What a read was answered with, and what was known when it began. */
export interface Answer {
  readonly peer: Peer;
  readonly begunAt: number;
  /** The moment of the newest snapshot of the log that its peer had got. */
  readonly heard: number;
  readonly inGrace: boolean;
}

interface Setting {
  readonly peer: Peer;
  /** The moment of its own change, if the log was told of that. */
  readonly toldAt: number | undefined;
}

/**
 * The log was put back as it was before, and gives its numbers for a second time: what is kept under one of them may be of either
 * branch. Whoever had polled the branch that is lost makes an end of it by a hard flush, with the next poll; unless what is lost is
 * a hard flush, and what comes back an epoch that they have never heard of, or the log has forgotten the place where they were.
 */
interface Fork {
  readonly moment: number;
  readonly lost: readonly LogRecord[];
  /** Those who polled the log by then. */
  readonly peers: readonly Peer[];
}

/** Who asked for what to be invalidated, when the log was told of it, and so what may be answered to whom. */
export class Ledger {
  readonly #truth: Truth;
  readonly #calls: Call[] = [];
  /** Values on their way in, given to `set`. */
  readonly #settings = new Map<Fact, Setting>();
  /**
   * Of which keys it is chance what is kept in the end, unless they are invalidated after this moment: edited while an older value
   * was on its way in, or subject to a flush that the log lost.
   */
  readonly #racedAt = new Map<string, number>();
  #records: readonly LogRecord[] = [];
  readonly #forks: Fork[] = [];
  /** Nobody need notice what happened to the log up to this moment. */
  #excusedUntil = 0;

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /** What the log was told and has not lost. */
  get records(): readonly LogRecord[] {
    return this.#records;
  }

  /** The log is put back as it was when these were its records. */
  restore(records: readonly LogRecord[], moment: number, peers: readonly Peer[]): void {
    const lost = this.#records.filter((record) => !records.includes(record));
    this.#records = records;
    this.#forks.push({ moment, lost, peers: [...peers] });
    if (!lost.some(isHardFlush)) return;
    // From now on an epoch may be back of which not everybody has heard.
    this.#excusedUntil = Number.POSITIVE_INFINITY;
    for (const { key } of this.#truth.facts) this.#racedAt.set(key, moment);
  }

  /** The log forgets old changes. */
  prune(moment: number): void {
    this.#excusedUntil = Math.max(this.#excusedUntil, moment);
  }

  record(scope: Scope, moment: number): void {
    const spared = new Set([...this.#settings.keys()].filter((fact) => this.#isFloating(fact)));
    this.#records = [...this.#records, { ...scope, moment, spared }];
  }

  /** A value is given to `set`. */
  takeOff(fact: Fact, peer: Peer): void {
    this.#settings.set(fact, { peer, toldAt: undefined });
  }

  /** The change that a value is set with is in the log, by its newest record. */
  told(fact: Fact): void {
    const { moment } = this.#records.at(-1)!;
    const setting = this.#settings.get(fact);
    if (setting === undefined) return;
    this.#settings.set(fact, { ...setting, toldAt: moment });
    if (fact.until < moment) this.#racedAt.set(fact.key, moment);
  }

  /** The `set` is over. */
  land(fact: Fact, moment: number): void {
    if (this.#isFloating(fact) && fact.until < moment) this.#racedAt.set(fact.key, moment);
    this.#settings.delete(fact);
  }

  call(peer: Peer, scope: Scope, moment: number): Call {
    const facts = new Map<Fact, "hard" | "soft">();
    for (const fact of this.#truth.past()) {
      const reach = reachOf(scope, fact);
      // What the same process was given before loses to it, wherever that is by now.
      const isOthers = this.#isFloating(fact) && this.#settings.get(fact)!.peer !== peer;
      if (reach !== undefined && !isOthers) facts.set(fact, reach);
    }
    const call: Call = { peer, moment, facts, resolvedAt: Number.POSITIVE_INFINITY };
    this.#calls.push(call);
    return call;
  }

  /** Whether somebody who must have noticed that the log was put back has done nothing about it. */
  hasIdleWitness(): boolean {
    const isIdle = (fork: Fork) => this.#witnessesOf(fork).some((peer) => !peer.closed && !this.#isHealed(fork, peer.heard));
    return this.#forks.some((fork) => fork.moment > this.#excusedUntil && isIdle(fork));
  }

  /**
   * Which promise is broken by an answer that can only be one of these facts. `OWN`: the process itself had been told, and had said
   * that it is done. `HEARD`: it had polled a log that had been told.
   */
  findBreach(candidates: readonly Fact[], { peer, begunAt, heard, inGrace }: Answer): "OWN" | "HEARD" | undefined {
    if (this.#isForked(heard)) return undefined;
    const mustGo = (reach: "hard" | "soft" | undefined) => reach === "hard" || (reach === "soft" && !inGrace);
    const own = this.#calls.filter((call) => call.peer === peer && call.resolvedAt < begunAt);
    if (candidates.every((fact) => own.some((call) => mustGo(call.facts.get(fact))))) return "OWN";
    const told = this.#records.filter((record) => record.moment <= heard);
    if (candidates.every((fact) => told.some((record) => mustGo(reachBy(record, fact))))) return "HEARD";
    return undefined;
  }

  /** Whether in the end a process that has heard so much must say of this key what is true. */
  isCertain(key: string, heard: number): boolean {
    return !this.#isUntold(key) && !this.#isRaced(key) && !this.#isForked(heard);
  }

  /** Whether a process that has heard so much may still take what is of a lost branch of the log for what is of this one. */
  #isForked(heard: number): boolean {
    return this.#forks.some((fork) => this.#witnessesOf(fork).length > 0 && !this.#isHealed(fork, heard));
  }

  /** Those who have heard what is lost, and was not put back as well since. */
  #witnessesOf({ moment, lost, peers }: Fork): readonly Peer[] {
    const first = lost.find((record) => !this.#records.includes(record));
    return first === undefined ? [] : peers.filter(({ snapshots }) => snapshots.some((at) => at >= first.moment && at < moment));
  }

  #isHealed(fork: Fork, heard: number): boolean {
    return this.#records.some((record) => isHardFlush(record) && record.moment > fork.moment && record.moment <= heard);
  }

  /** Whether a value is on its way in, and its change not in the log: not yet, or not any more. */
  #isFloating(fact: Fact): boolean {
    const setting = this.#settings.get(fact);
    return setting !== undefined && !this.#records.some(({ moment }) => moment === setting.toldAt);
  }

  /** Whether a process that is gone had not got it into the log. */
  #isUntold(key: string): boolean {
    const gotThere = (call: Call, fact: Fact) => this.#records.some((record) => record.moment > call.moment && reachBy(record, fact));
    return this.#calls.some((call) => call.peer.closed && [...call.facts.keys()].some((fact) => fact.key === key && !gotThere(call, fact)));
  }

  #isRaced(key: string): boolean {
    const racedAt = this.#racedAt.get(key);
    if (racedAt === undefined) return false;
    return !this.#records.some(({ moment, words }) => moment > racedAt && (words === "everything" || words.includes(`=${key}`)));
  }
}

/** Whether a fact must go by what the log was told. */
function reachBy(record: LogRecord, fact: Fact): "hard" | "soft" | undefined {
  return fact.until <= record.moment && !record.spared.has(fact) ? reachOf(record, fact) : undefined;
}

const isHardFlush = ({ words, hard }: Scope) => words === "everything" && hard;

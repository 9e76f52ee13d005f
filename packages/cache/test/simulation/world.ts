import type * as cacheLibrary from "../../src/index.ts";
import { Random } from "./random.ts";
import { Scheduler, settle } from "./scheduler.ts";

/** The library under test: the real one, or a mutant of it. */
export type Library = typeof cacheLibrary;

/** The first promise that a run broke: the name of the check, and enough to find the place again. */
export interface Violation {
  readonly check: string;
  readonly detail: string;
}

/** One run of a world of what is tested, the library or a mutant of it. All that happens in it, and when, is chosen by the seed alone. */
export type CreateWorld<T = Library> = (tested: T, seed: number, trail?: string[]) => World;

/** Answers arrive fast in some runs, and slowly in others: how many steps a run has, for each unit of pace. */
const STEPS = { 1: 150, 4: 300, 10: 450 } as const;

/** Far more than what is under way can ever need: each process tells all others what it was told. */
const MOST_STEPS_TO_SETTLE = 10_000;

class Broken extends Error {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(`${violation.check}: ${violation.detail}`);
    this.violation = violation;
  }
}

/** What every simulated world has: a seed, a clock, requests that take time, an order of events, and a check of everything that is answered. */
export abstract class World {
  protected readonly library: Library;
  protected readonly random: Random;
  protected readonly scheduler: Scheduler;
  protected readonly clock: cacheLibrary.ManualClock;
  /** How often a request goes on, compared with what else happens. */
  protected readonly pace: keyof typeof STEPS;
  readonly #trail: string[] | undefined;
  #moment = 0;
  readonly #open = new Set<Promise<void>>();
  readonly #counts = new Map<string, number>();
  #violation: Violation | undefined;

  /** @param trail gets a line for everything that happens, to be read by people */
  constructor(library: Library, seed: number, trail?: string[]) {
    this.library = library;
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random);
    this.clock = new library.ManualClock();
    this.pace = this.random.pick([1, 4, 10]);
    this.#trail = trail;
  }

  /** @returns the first violation, or `undefined` */
  async run(): Promise<Violation | undefined> {
    try {
      for (let step = 0; step < STEPS[this.pace]; step++) {
        this.act();
        await this.#turn();
      }
      await this.quiet();
      return undefined;
    } catch (error) {
      if (error instanceof Broken) return error.violation;
      throw error;
    }
  }

  /** One thing happens. */
  protected abstract act(): void;
  /** Nothing happens any more: what must be so in the end. */
  protected abstract quiet(): Promise<void>;

  /** The place of the present event in the order of all events. */
  protected moment(): number {
    return ++this.#moment;
  }

  /** How often what is worth to be counted came about. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  protected count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  protected note(what: () => string): void {
    this.#trail?.push(`#${this.#moment} ${this.clock.now()} ms: ${what()}`);
  }

  /** Ends the run after this turn. Only the first counts: what comes later may be its consequence. */
  protected violate(check: string, detail: string): void {
    this.note(() => `${check}: ${detail}`);
    this.#violation ??= { check, detail };
  }

  protected fail(check: string, detail: string): never {
    throw new Broken({ check, detail });
  }

  /** Requests are lost, so reads and polls may fail; what they answer when they do not is checked where it arrives. */
  protected track(work: Promise<unknown>): void {
    const forget = () => {
      this.#open.delete(done);
    };
    const done: Promise<void> = work.then(forget, forget);
    this.#open.add(done);
  }

  /** Goes on until nothing waits any more. */
  protected async drain(): Promise<void> {
    await this.#turn();
    for (let step = 0; step < MOST_STEPS_TO_SETTLE && !(this.#open.size === 0 && this.scheduler.idle); step++) {
      if (this.scheduler.idle) this.clock.advance(100);
      else this.scheduler.step();
      await this.#turn();
    }
    if (this.#open.size > 0) this.fail("SETTLES", `${this.#open.size} calls never settled`);
  }

  async #turn(): Promise<void> {
    await settle();
    if (this.#violation !== undefined) throw new Broken(this.#violation);
  }
}

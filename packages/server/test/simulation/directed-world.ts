import { settle } from "../../../cache/test/simulation/scheduler.ts";
import type { Violation } from "../../../cache/test/simulation/world.ts";
import type { MemoryDatabase } from "./memory-database.ts";
import type { ServerProcess } from "./server-process.ts";
import { ServingWorld } from "./serving-world.ts";
import type { Tested } from "./tested.ts";

/** What happens, in a few words; in which order requests and texts arrive meanwhile is the seed's choice. */
export type Script = (world: DirectedWorld) => Promise<void>;

/** The trip that scripts are about. */
const TAG = "trip:1";

/** Far more than any process needs for what it does at once. */
const MOST_TURNS_AT_ONCE = 2_000;

/**
 * The world of several servers, where not the seed but a script says what happens, and nothing goes wrong but what it says. The
 * servers' clocks, channels, caches and number are still the seed's choice, and all is checked as ever.
 */
export class DirectedWorld extends ServingWorld {
  readonly #script: Script;

  constructor(tested: Tested, seed: number, trail: string[] | undefined, database: MemoryDatabase, script: Script) {
    super(tested, seed, trail, database);
    this.#script = script;
    this.hireMissing();
    this.mendAll();
  }

  /** A violation ends the run only when the script is over, but what is told is the first one. */
  override async run(): Promise<Violation | undefined> {
    await this.pass(3_000);
    await this.#script(this);
    return super.run();
  }

  /** The script is over. */
  protected override act(): void {}

  // What a script may say

  /** All that is under way arrives, and what comes of it, one after the other; no time passes. */
  async arrive(): Promise<void> {
    await this.#turn();
    for (let turn = 0; !this.scheduler.idle; turn++) {
      if (turn > MOST_TURNS_AT_ONCE) throw new Error("Something goes round for ever.");
      this.scheduler.step();
      await this.#turn();
    }
  }

  /** So much time passes, in which all arrives quickly. */
  pass(ms: number): Promise<void> {
    return this.until(this.alarm(ms));
  }

  /** @returns whether so much time has passed since */
  alarm(ms: number): () => boolean {
    const at = this.clock.now() + ms;
    return () => this.clock.now() >= at;
  }

  /** Time passes until it is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; !isSo(); turn++) {
      if (turn > MOST_TURNS_AT_ONCE) throw new Error("What a script waits for does not happen.");
      this.clock.advance(this.random.pick([10, 30, 50]));
      await this.arrive();
    }
  }

  /** Ends the process, and another one is told to forget it. */
  end(seat: string, heir: string): void {
    const process = this.#at(seat);
    this.kill(process);
    this.forget(process, this.#at(heir));
  }

  /** Unless there is one. */
  start(seat: string): void {
    if (this.findProcess(seat) === undefined) this.hire(seat);
    this.mendAll();
  }

  /** It keeps what it reads in its cache, and as a page. */
  look(seat: string): Promise<void> {
    this.trackOf(this.#at(seat), this.read(this.#at(seat), TAG));
    return this.arrive();
  }

  change(seat: string): void {
    this.trackOf(this.#at(seat), this.edit(this.#at(seat), TAG));
  }

  changeOutside(): void {
    this.editOutside(TAG);
  }

  /** It asks whether the newest change is visible everywhere. */
  askFor(seat: string): void {
    this.trackOf(this.#at(seat), this.waitForChange(this.#at(seat), this.database.seq));
  }

  backUp(): void {
    this.takeDump();
  }

  putBack(kind: "copied" | "with its registry"): void {
    this.restore(kind);
  }

  cutOff(seat: string, what: "reads" | "writes"): void {
    this.cut(this.#at(seat), what);
  }

  mend(seat: string): void {
    const { reads, writes } = this.#at(seat);
    reads.failing = writes.failing = 0;
  }

  /** @returns how to let them go on */
  holdWrites(seat: string): () => void {
    return this.#at(seat).holdWrites();
  }

  loseTexts(): void {
    for (const { lane } of this.networks) lane.failing = 1;
  }

  /** The process's row in the registry. */
  row(seat: string): "living" | "removed" | "gone" {
    const [row] = this.database.all("select removed_at from workers where id = ?", this.#at(seat).ids.at(-1)!);
    if (row === undefined) return "gone";
    return row.removed_at === null ? "living" : "removed";
  }

  #at(seat: string): ServerProcess {
    const process = this.findProcess(seat);
    if (process === undefined) throw new Error(`There is no process ${seat}.`);
    return process;
  }

  #turn(): Promise<void> {
    this.checkAll();
    return settle();
  }
}

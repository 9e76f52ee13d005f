import type { MemoryDatabase } from "./memory-database.ts";
import type { ServerProcess } from "./server-process.ts";
import { type Mistakes, ServingWorld, TAGS } from "./serving-world.ts";
import type { Tested } from "./tested.ts";

/** What happens next, and how often. */
const ACTIONS = {
  request: 60,
  twoRequestsInOneTurn: 8,
  read: 24,
  edit: 8,
  editOutside: 2,
  editByCommand: 0.7,
  waitForChange: 3,
  pass: 12,
  passLong: 2,
  passUntilVisible: 3,
  goOn: 3,
  hire: 3,
  mend: 3,
  dump: 1,
  repeat: 2,
  disturbL2: 1,
  wallClock: 0.5,
};

/** What goes wrong. There are runs with less and with more of it. */
const TROUBLES = { stop: 0.8, kill: 1, close: 1, cut: 2, restore: 1.2, flush: 0.4, prune: 0.3 };

/** Nothing happens but what starts a process, for so many turns; then nothing but time, longer than L. */
const TURNS_TO_START = 40;
const TURNS_TO_SETTLE_IN = 18;

/**
 * The world of several servers, where the seed chooses what happens: they are asked, edit, are stopped, killed and replaced, and the
 * database is restored and flushed under them.
 */
export class RandomWorld extends ServingWorld {
  readonly #actions: typeof ACTIONS & typeof TROUBLES;
  readonly #firstDumpAt: number;
  #turns: number;

  constructor(tested: Tested, seed: number, trail: string[] | undefined, database: MemoryDatabase, mistakes?: Mistakes) {
    super(tested, seed, trail, database, mistakes);
    const { random } = this;
    this.#actions = this.#chooseActions();
    // In some runs all is young when it begins to happen.
    this.#firstDumpAt = random.below(2 * TURNS_TO_START);
    this.#turns = random.chance(0.2) ? TURNS_TO_START + TURNS_TO_SETTLE_IN : 0;
    this.hireMissing();
  }

  protected override act(): void {
    this.checkAll();
    this.#turns++;
    // Perhaps of a time when not all were registered.
    if (this.#turns === this.#firstDumpAt) this.takeDump();
    if (this.#turns <= TURNS_TO_START) this.scheduler.step();
    else if (this.#turns <= TURNS_TO_START + TURNS_TO_SETTLE_IN) this.#settleIn();
    else this.#happen();
  }

  #happen(): void {
    const { random } = this;
    const action = random.weighted(this.#actions);
    const process = this.processes.length === 0 ? undefined : random.pick(this.processes);
    const tag = random.pick(TAGS);
    if (action === "request" || action === "twoRequestsInOneTurn") this.scheduler.step();
    if (action === "twoRequestsInOneTurn") this.scheduler.step();
    if (action === "pass") this.clock.advance(random.pick([1, 20, 60, 160, 400]));
    if (action === "passLong") this.clock.advance(random.pick([900, 1_700, 2_500]));
    if (action === "passUntilVisible") this.#passUntilVisible();
    if (action === "repeat") random.pick(this.networks).repeat();
    if (action === "editOutside") this.editOutside(tag);
    if (action === "editByCommand") this.track(this.editByCommand(tag));
    if (action === "hire") this.hireMissing();
    if (action === "dump") this.takeDump();
    if (action === "restore") this.restore(random.pick(["copied", "with its registry", "by the command"]));
    if (action === "flush") this.flush();
    if (action === "prune") this.database.prune(2);
    if (action === "disturbL2") this.disturbL2();
    if (action === "wallClock") this.wallClockAhead += random.below(20_000) - 10_000;
    if (process === undefined) return;
    if (action === "goOn") this.goOn(process);
    if (action === "mend") process.reads.failing = process.writes.failing = this.failing;
    if (action === "cut") this.cut(process, random.weighted({ reads: 1, writes: 2, both: 1 }));
    if (action === "kill") this.#killSomehow(process);
    if (!process.life.runs) return;
    if (action === "read") this.trackOf(process, this.read(process, tag));
    if (action === "edit") this.trackOf(process, this.edit(process, tag));
    if (action === "waitForChange") this.trackOf(process, this.waitForChange(process, this.database.seq - random.below(3)));
    if (action === "stop") this.stop(process);
    if (action === "close") this.close(process);
  }

  /** To the end of somebody's wait for the leases, or to shortly before. */
  #passUntilVisible(): void {
    if (this.openEdits.size === 0) return;
    const { process, dueAt } = this.random.pick([...this.openEdits]);
    const { now, rate } = { now: process.life.clock.now(), rate: process.life.rate };
    const leftMs = (dueAt + 1 - now) / rate - this.random.pick([0, 0, this.random.below(600)]);
    if (leftMs > 0) this.clock.advance(leftMs);
  }

  #chooseActions(): typeof ACTIONS & typeof TROUBLES {
    const trouble = this.random.pick([0.3, 1, 2]);
    const troubles = Object.fromEntries(Object.entries(TROUBLES).map(([what, weight]) => [what, weight * trouble])) as typeof TROUBLES;
    return { ...ACTIONS, ...troubles, request: ACTIONS.request * this.pace };
  }

  #settleIn(): void {
    this.clock.advance(130);
    for (let step = 0; step < 10; step++) this.scheduler.step();
  }

  #killSomehow(process: ServerProcess): void {
    this.kill(process);
    if (this.processes.length > 0 && this.random.chance(0.7)) this.forget(process, this.random.pick(this.processes));
    if (this.random.chance(0.5)) this.hireMissing();
  }
}

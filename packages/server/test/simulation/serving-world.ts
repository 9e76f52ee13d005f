import type { CacheOptions, L2Options, Versioned } from "@qrcards/cache";
import { sql } from "kysely";
import { chooseL2, choosePolicy } from "../../../cache/test/simulation/choices.ts";
import { HostileTier } from "../../../cache/test/simulation/hostile-tier.ts";
import { LossyBus } from "../../../cache/test/simulation/lossy-bus.ts";
import { type Lane, SAFE_LANE } from "../../../cache/test/simulation/scheduler.ts";
import { World } from "../../../cache/test/simulation/world.ts";
import { Life } from "./life.ts";
import { type Dump, editStatements, type MemoryDatabase } from "./memory-database.ts";
import { Network } from "./network.ts";
import { type Commit, type History, Promises } from "./promises.ts";
import { ServerProcess, type Site } from "./server-process.ts";
import type { Tested } from "./tested.ts";
import type { Instant, State } from "./truth.ts";

const LEASE_MS = 2_000;
/** A lease lasts 0.95 L: so much faster may one clock be than another one. */
const LARGEST_DRIFT = 1 / 0.95 - 1;
export const TRIP_IDS = [1, 2];
export const TAGS = TRIP_IDS.map((id) => `trip:${id}`);
const tripOf = (tag: string) => Number(tag.slice("trip:".length));

/** What the world itself, and not the code under test, may do wrong. */
export interface Mistakes {
  readonly leavesFirst?: boolean;
}

/** An edit that was committed, and of which is not known yet that it is visible everywhere. */
interface OpenEdit {
  readonly process: ServerProcess;
  /** By its own clock. */
  readonly dueAt: number;
}

/**
 * Several processes serve one database and edit it, as others do whom nobody can know; with clocks of different speeds, channels
 * that lose what they carry, and a second tier that is not to be believed. What happens to them, and what they do, a subclass says;
 * here is all that can be said, and the check of everything that is answered.
 */
export abstract class ServingWorld extends World {
  readonly #tested: Tested;
  readonly #mistakes: Mistakes;
  protected readonly database: MemoryDatabase;
  readonly #promises = new Promises(TAGS, LEASE_MS);
  readonly #site: Site;
  protected readonly networks: readonly Network[];
  protected readonly failing: number;
  readonly #sourceLane: Lane;
  readonly #l2: HostileTier;
  readonly #l2Lane: Lane;
  readonly #cacheOptions: Omit<CacheOptions, "freshness" | "clock">;
  /** How fast the slowest clock may be, and by which share another one may be faster. */
  readonly #slowest: number;
  readonly #drift: number;
  readonly #seats: readonly string[];
  protected processes: readonly ServerProcess[] = [];
  readonly #closing = new Set<ServerProcess>();
  protected readonly openEdits = new Set<OpenEdit>();
  /** When a trip was last answered in grace by a process: such an answer is marked, and may be older than all else. */
  readonly #graceAt = new Map<string, number>();
  #dump: { readonly rows: Dump; readonly history: History } | undefined;
  #l2Dump: ReturnType<HostileTier["dump"]> = new Map();
  #hired = 0;
  #epochs = 0;
  protected wallClockAhead = 1_000_000;

  constructor(tested: Tested, seed: number, trail: string[] | undefined, database: MemoryDatabase, mistakes: Mistakes = {}) {
    super(tested.cache, seed, trail);
    this.#tested = tested;
    this.#mistakes = mistakes;
    this.database = database;
    const { random, scheduler } = this;
    database.reset();
    for (const tag of TAGS) database.runOutside(editStatements(tripOf(tag), this.#promises.truth.currentOf(tag).edit, false));
    const failing = random.pick([0, 0.05]);
    this.failing = failing;
    this.#sourceLane = { failing: random.pick([failing, failing, 0.3]) };
    this.#l2Lane = { failing };
    this.#l2 = new HostileTier(random, scheduler, this.clock, this.#l2Lane, random.pick([0, 0.2, 0.6]));
    const [ipc, redis] = [new Network(random, scheduler, failing), new Network(random, scheduler, failing)];
    this.networks = random.pick([[ipc], [redis], [ipc, redis]]);
    this.#site = {
      scheduler,
      database,
      bus: this.networks.includes(redis) ? new LossyBus(random, scheduler, { failing }) : undefined,
      leaseMs: LEASE_MS,
      registry: {
        ...random.pick([{}, { beatEveryMs: 700, silenceLimitMs: 2_500 }]),
        now: () => this.wallClockAhead + Math.floor(this.clock.now()),
      },
    };
    this.#cacheOptions = { namespace: "simulation", random: () => random.next(), policy: choosePolicy(random), l2: this.#chooseL2() };
    this.#slowest = random.pick([0.95, 0.975, 1]);
    this.#drift = random.pick([0, LARGEST_DRIFT, LARGEST_DRIFT]);
    this.#seats = ["w1", "w2", "w3"].slice(0, random.pick([2, 3, 3]));
  }

  /** What must be so at any time. */
  protected checkAll(): void {
    this.#checkOpenEdits();
    if (this.database.inTransaction) throw new Error("A transaction has been left open.");
    for (const process of this.processes) if (process.life.runs) this.#lookInto(process);
  }

  /** After quiet and L every edit is visible, every answer is what the database says, and closing leaves nothing behind. */
  protected override async quiet(): Promise<void> {
    this.mendAll();
    this.hireMissing();
    // In steps, as a poll that is under way for longer than a lease is given up.
    for (let passedMs = 0; passedMs < 1.1 * LEASE_MS; passedMs += 200) {
      await this.drain();
      this.clock.advance(200);
    }
    await this.drain();
    for (const process of this.processes) for (const tag of TAGS) await this.#checkConverged(process, tag);
    if (this.openEdits.size > 0) this.fail("LATE", "an edit is still not visible everywhere");
    for (const process of this.processes) this.trackOf(process, process.close());
    await this.drain();
    if (this.clock.alarms > 0) this.fail("SETTLES", "timers are left after close");
  }

  /** Nothing is lost any more, and nobody is stopped. */
  protected mendAll(): void {
    for (const lane of [this.#sourceLane, this.#l2Lane, ...this.networks.map((network) => network.lane)]) lane.failing = 0;
    for (const process of this.processes) {
      process.reads.failing = process.writes.failing = 0;
      this.goOn(process);
    }
  }

  #chooseL2(): L2Options {
    const unused = () => Promise.reject(new Error("A freshness stands in for it."));
    const backend = {
      connect: () => ({
        tier: this.#l2,
        bus: { signal: unused, subscribe: () => () => {} },
        authority: { poll: unused, bump: unused, flush: unused },
        close: () => Promise.resolve(),
      }),
    };
    return { ...chooseL2(this.random), backend };
  }

  #live(): Life {
    const faster = 1 + this.#drift * this.random.pick([0, this.random.next(), 1]);
    return new Life(this.clock, { rate: this.#slowest * faster, startsAt: this.random.below(1_000) });
  }

  #start(seat: string, serving: boolean): ServerProcess {
    const { random } = this;
    const name = `${seat}.${++this.#hired}`;
    const process = new ServerProcess(this.#tested, this.#site, {
      seat,
      name,
      life: this.#live(),
      failing: this.failing,
      serving,
      networks: this.networks,
      cache: { ...this.#cacheOptions, l1: { maxEntries: random.pick([1, 3, 100]), maxBytes: 1_000_000 } },
      maxPages: random.pick([1, 3, 100]),
      leavesFirst: this.#mistakes.leavesFirst ?? false,
    });
    process.freshness.on("break", ({ reason }) => {
      process.worker.historyBroke(this.moment());
      this.note(() => `${name} breaks: ${reason}`);
    });
    process.freshness.on("polled", ({ answer }) => this.note(() => `${name} polls ${answer.epoch} ${answer.seq}`));
    process.worker.cache.on("read", ({ key, status, tier }) => {
      this.count(tier === "l2" ? `${status} from l2` : status);
      if (status === "grace") this.#graceAt.set(`${name} ${key}`, this.moment());
    });
    return process;
  }

  protected hire(seat: string): void {
    const process = this.#start(seat, true);
    this.processes = [...this.processes, process];
    this.note(() => `${process.name} starts`);
    this.trackOf(process, process.freshness.start());
  }

  protected hireMissing(): void {
    for (const seat of this.#seats) if (this.findProcess(seat) === undefined) this.hire(seat);
  }

  /** A process that is killed leaves its calls open for ever. */
  protected trackOf(process: ServerProcess, work: Promise<unknown>): void {
    this.track(Promise.race([work, process.life.killed]));
  }

  #now(): Instant {
    return { moment: this.moment(), atMs: this.clock.now() };
  }

  /** The one that has this place now. */
  protected findProcess(seat: string): ServerProcess | undefined {
    return this.processes.find(({ name }) => name.startsWith(`${seat}.`));
  }

  #forgetProcess(process: ServerProcess): void {
    this.processes = this.processes.filter((other) => other !== process);
    for (const edit of this.openEdits) if (edit.process === process) this.openEdits.delete(edit);
  }

  // What happens to processes

  protected stop(process: ServerProcess): void {
    this.note(() => `${process.name} stops`);
    process.life.stop();
  }

  protected goOn(process: ServerProcess): void {
    if (process.life.runs) return;
    this.note(() => `${process.name} goes on`);
    process.life.goOn();
  }

  protected cut({ name, reads, writes }: ServerProcess, what: "reads" | "writes" | "both"): void {
    this.note(() => `${name} is cut off from the database: ${what}`);
    if (what !== "writes") reads.failing = 1;
    if (what !== "reads") writes.failing = 1;
  }

  protected kill(process: ServerProcess): void {
    this.note(() => `${process.name} is killed`);
    process.life.kill();
    this.#forgetProcess(process);
  }

  /** Whoever started it has seen it end, and tells another one to forget it. */
  protected forget({ ids }: ServerProcess, heir: ServerProcess): void {
    this.trackOf(heir, heir.forget(ids));
  }

  protected close(process: ServerProcess): void {
    if (this.#closing.has(process)) return;
    this.#closing.add(process);
    this.note(() => `${process.name} closes`);
    this.trackOf(process, this.#retire(process));
    if (this.random.chance(0.5)) this.hire(process.name.slice(0, process.name.indexOf(".")));
  }

  async #retire(process: ServerProcess): Promise<void> {
    await process.close();
    this.note(() => `${process.name} has closed`);
    this.#forgetProcess(process);
  }

  // What happens to the database

  protected takeDump(): void {
    this.#dump = { rows: this.database.dump(), history: this.#promises.history };
    this.note(() => "a dump is taken");
  }

  /** What an edit makes of a trip. The commit follows in the same turn. */
  #change(tag: string): { readonly state: State; readonly moment: number } {
    const now = this.#now();
    return { state: this.#promises.truth.edit(tag, this.random.chance(0.2), now), moment: now.moment };
  }

  protected editOutside(tag: string): void {
    const { state, moment } = this.#change(tag);
    this.database.runOutside(editStatements(tripOf(tag), state.edit, state.gone));
    this.#promises.committed(tag, this.database.readTrip(tripOf(tag)).version, moment);
    this.note(() => `somebody edits ${tag}: state ${state.id}${state.gone ? ", gone" : ""}`);
  }

  protected flush(): void {
    const hard = this.random.chance(0.5);
    const statement = hard ? `update meta set epoch = 'e${++this.#epochs}'` : "update meta set generation = generation + 1";
    this.database.runOutside([statement]);
    this.#promises.truth.flush(this.#now());
    this.note(() => `all is flushed, ${hard ? "hard" : "softly"}`);
  }

  /** By copying a file or a dump, which nobody is told; or with a new epoch, and the registry of then or as `qrcards restore` leaves it. */
  protected restore(kind: "copied" | "with its registry" | "by the command"): void {
    if (this.#dump === undefined) return;
    const { rows, history } = this.#dump;
    const now = this.#now();
    const command = kind === "by the command" || (kind === "with its registry" && rows.workers.length === 0);
    const epoch = kind === "copied" ? String(rows.meta.epoch) : `e${++this.#epochs}`;
    const served = this.database.all("select id from workers").length > 0;
    const former = { id: `former ${this.#epochs}`, seen_at: 0, removed_at: null };
    this.database.restore(rows, epoch, command ? (served ? [former] : []) : rows.workers);
    this.#promises.restore(history, now, kind !== "copied");
    for (const { worker } of this.processes) worker.seen.clear();
    this.note(() => `a dump is restored, ${kind}: states ${TAGS.map((tag) => this.#promises.truth.currentOf(tag).id)}`);
    if (!command) return;
    const finish = () => {
      this.database.runOutside([`delete from workers where id = '${former.id}'`]);
      this.#promises.allBecameVisible(TAGS, now.moment);
    };
    this.#live().clock.after(LEASE_MS, finish);
  }

  protected disturbL2(): void {
    const what = this.random.pick(["dump", "restore", "forget"]);
    if (what === "dump") this.#l2Dump = this.#l2.dump();
    if (what === "restore") this.#l2.restore(this.#l2Dump);
    if (what === "forget") this.#l2.forgetAll();
  }

  // What people do

  protected async edit(process: ServerProcess, tag: string): Promise<void> {
    let commit: Commit | undefined;
    const { visible } = await process.trips.commit(
      async (trx) => {
        const { state, moment } = this.#change(tag);
        for (const statement of editStatements(tripOf(tag), state.edit, state.gone)) await sql.raw(statement).execute(trx);
        commit = this.#promises.committed(tag, this.database.readTrip(tripOf(tag)).version, moment);
        this.note(() => `${process.name} edits ${tag}: state ${state.id}${state.gone ? ", gone" : ""}`);
      },
      () => tripOf(tag),
    );
    const edit: OpenEdit = { process, dueAt: process.life.clock.now() + LEASE_MS + 1 };
    this.openEdits.add(edit);
    const { by } = await visible;
    this.openEdits.delete(edit);
    this.count(`visible by ${by}`);
    this.#promises.becameVisible([commit!]);
    this.note(() => `${process.name}'s edit of ${tag}, #${commit!.moment}, is visible by ${by}`);
  }

  protected async editByCommand(tag: string): Promise<void> {
    const command = this.#start("command", false);
    try {
      await command.freshness.start();
      await this.edit(command, tag);
    } finally {
      await command.close();
    }
  }

  protected async waitForChange(process: ServerProcess, seq: number): Promise<void> {
    const commits = this.#promises.commitsUpTo(seq);
    const visible = await process.visibility.everywhereSince(seq);
    if (visible === undefined) return;
    this.#promises.becameVisible(commits);
    this.note(() => `${process.name} says that change ${seq} is visible by ${visible.by}`);
  }

  protected async read(process: ServerProcess, tag: string): Promise<void> {
    const check = this.#checkFor(process, tag);
    const { worker } = process;
    const entry = await worker.cache.getOrLoadEntry(tag, () => this.#load(tag), { versionTag: tag });
    check(entry.value, "read");
    // Made from the entry, which takes its time; then kept with the entry's provenance.
    await this.scheduler.request(() => {}, SAFE_LANE);
    worker.pages.set(tag, { value: entry.value, tag: entry.tag, version: entry.version, generation: entry.generation });
  }

  /** What it would answer at once now, whoever came. */
  #lookInto(process: ServerProcess): void {
    const { worker, freshness } = process;
    for (const tag of TAGS) {
      const value = worker.cache.peek<number>(tag);
      if (value !== undefined) this.#checkFor(process, tag)(value, "value");
      const page = worker.pages.get(tag);
      if (page !== undefined && freshness.isCurrent(page)) this.#checkFor(process, tag)(page.value, "page");
    }
  }

  #load(tag: string): Promise<Versioned<number | undefined>> {
    return this.scheduler.request(() => this.#find(tag), this.#sourceLane);
  }

  #find(tag: string): Versioned<number | undefined> {
    const { one, other, gone, version, stamp, seq, headStamp } = this.database.readTrip(tripOf(tag));
    const state = this.#promises.truth.currentOf(tag);
    if (one !== other) this.violate("WHOLE", `${tag} is half of edit ${one} and half of ${other}`);
    if (one !== state.edit || gone !== state.gone) this.violate("NOLOST", `${tag} is at edit ${one}, not ${state.edit}`);
    return this.library.versioned(gone ? undefined : state.id, { tag, version, stamp, head: { seq, stamp: headStamp } });
  }

  /** Notes what a read that starts now may get, and returns what checks its answer. */
  #checkFor({ worker, name }: ServerProcess, tag: string): (value: number | undefined, what: string) => void {
    const expected = this.#promises.expect(worker, tag, this.#now());
    const { moment, atMs } = expected.begunAt;
    return (value, what) => {
      if (what === "read") this.note(() => `${name}'s read of ${tag}, begun at #${moment}, gets ${value}`);
      if ((this.#graceAt.get(`${name} ${tag}`) ?? 0) > moment) return;
      const breach = this.#promises.findBreach(worker, tag, value, expected);
      if (breach === undefined) return;
      const current = this.#promises.truth.currentOf(tag).id;
      this.violate(
        breach,
        `${name}'s ${what} of ${tag}, begun at #${moment} (${atMs} ms), got state ${value}; visible everywhere is #${expected.visible}, current ${current}`,
      );
    };
  }

  /** An edit is answered L after its commit at the latest, whatever is down. */
  #checkOpenEdits(): void {
    for (const { process, dueAt } of this.openEdits) {
      const { runs, clock } = process.life;
      if (runs && clock.now() > dueAt + 0.001) this.violate("LATE", `an edit of ${process.name} is not answered L after its commit`);
    }
  }

  async #checkConverged(process: ServerProcess, tag: string): Promise<void> {
    const answers: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 20 && answers.length === 0; attempt++) {
      const reading = process.worker.cache.getOrLoad(tag, () => this.#load(tag), { versionTag: tag });
      this.track(reading.then((value) => void answers.push(value)));
      await this.drain();
      // While a database is known to be away nobody is sent there but the poll in the background.
      if (answers.length === 0) this.clock.advance(100);
    }
    if (answers.length === 0) this.fail("SETTLES", `${process.name} could not read ${tag} in twenty attempts`);
    const { truth } = this.#promises;
    const { edit, gone } = truth.currentOf(tag);
    const said = answers[0] === undefined ? undefined : truth.states[answers[0]]!.edit;
    if (said !== (gone ? undefined : edit)) this.fail("CONVERGE", `${process.name} says edit ${said} of ${tag}, the database says ${edit}`);
  }
}

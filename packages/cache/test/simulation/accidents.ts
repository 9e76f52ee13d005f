import type { HostileTier } from "./hostile-tier.ts";
import type { Random } from "./random.ts";
import type { Lane } from "./scheduler.ts";
import type { ToldLog } from "./told-log.ts";

/** What may happen to the store that processes share, and how often. */
const KINDS = { dump: 1, restore: 0.6, failOver: 0.6, loseLog: 0.6, pruneLog: 0.7, cutLog: 0.7, mendLog: 3, disturbL2: 1.5 };

/** What happens to the log and to the second tier without anybody's doing. */
export class Accidents {
  readonly #random: Random;
  readonly #log: ToldLog;
  readonly #l2: HostileTier;
  readonly #logLane: Lane;
  /** How likely a request to the log is lost while nothing is wrong. */
  readonly #failing: number;
  #logDump: ReturnType<ToldLog["dump"]>;
  #l2Dump: ReturnType<HostileTier["dump"]>;

  constructor(random: Random, log: ToldLog, l2: HostileTier, logLane: Lane) {
    this.#random = random;
    this.#log = log;
    this.#l2 = l2;
    this.#logLane = logLane;
    this.#failing = logLane.failing;
    this.#logDump = log.dump();
    this.#l2Dump = l2.dump();
  }

  /** @returns what has happened */
  next(): string {
    const kind = this.#random.weighted(KINDS);
    if (kind === "dump") this.#dump();
    if (kind === "restore") this.#restore();
    if (kind === "failOver") this.#log.loseNewest();
    if (kind === "loseLog") this.#loseLog();
    if (kind === "pruneLog") this.#log.prune(1);
    if (kind === "cutLog") this.#logLane.failing = 1;
    if (kind === "mendLog") this.#logLane.failing = this.#failing;
    if (kind === "disturbL2") this.#disturbL2();
    return kind;
  }

  #dump(): void {
    this.#logDump = this.#log.dump();
    this.#l2Dump = this.#l2.dump();
  }

  #restore(): void {
    this.#log.restore(this.#logDump);
    if (this.#random.chance(0.5)) this.#l2.restore(this.#l2Dump);
  }

  #loseLog(): void {
    this.#log.loseEverything();
    if (this.#random.chance(0.5)) this.#l2.forgetAll();
  }

  #disturbL2(): void {
    if (this.#random.chance(0.5)) this.#l2.forgetAll();
    else this.#l2.restore(this.#l2Dump);
  }
}

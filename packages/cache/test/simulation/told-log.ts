import type { PollAnswer, Position } from "../../src/index.ts";
import type { Ledger, LogRecord } from "./ledger.ts";
import type { Peer } from "./peer.ts";
import { type LogState, SharedLog, type SharedLogOptions } from "./shared-log.ts";
import type { Fact, Scope } from "./truth.ts";

interface Dump {
  readonly log: LogState;
  readonly records: readonly LogRecord[];
}

/** The log of the caches' own invalidations, with a record in the ledger of what it was told and has not lost. */
export class ToldLog {
  readonly #log: SharedLog;
  readonly #ledger: Ledger;
  readonly #moment: () => number;
  readonly #peers: () => readonly Peer[];
  /** As it was before it was told the last time. */
  #before: Dump;

  /**
   * @param moment gives the place of the present event in the order of all
   * @param peers gives those who poll it, or did
   */
  constructor(options: SharedLogOptions, ledger: Ledger, moment: () => number, peers: () => readonly Peer[]) {
    this.#log = new SharedLog(options);
    this.#ledger = ledger;
    this.#moment = moment;
    this.#peers = peers;
    this.#before = this.dump();
  }

  /** @returns also the moment of the snapshot */
  poll(since: Position | undefined): { readonly answer: PollAnswer; readonly moment: number } {
    return { answer: this.#log.poll(since), moment: this.#moment() };
  }

  /** @param setting the value that is set with this change, if one is */
  bump(words: readonly string[], setting: Fact | undefined): Position {
    this.#record({ words, hard: true });
    if (setting !== undefined) this.#ledger.told(setting);
    return this.#log.bump(words);
  }

  flush(hard: boolean): void {
    this.#record({ words: "everything", hard });
    this.#log.flush(hard);
  }

  /** What it was told is gone, but so is all that this was about, as soon as it is noticed. */
  loseEverything(): void {
    this.#record({ words: "everything", hard: true });
    this.#log.loseEverything();
  }

  prune(keep: number): void {
    this.#ledger.prune(this.#moment());
    this.#log.prune(keep);
  }

  /** As after a failover to a replica that had not got the newest yet. */
  loseNewest(): void {
    this.restore(this.#before);
  }

  dump(): Dump {
    return { log: this.#log.dump(), records: this.#ledger.records };
  }

  restore({ log, records }: Dump): void {
    this.#log.restore(log);
    this.#ledger.restore(records, this.#moment(), this.#peers());
  }

  #record(scope: Scope): void {
    this.#before = this.dump();
    this.#ledger.record(scope, this.#moment());
  }
}

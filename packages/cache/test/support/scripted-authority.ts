import { type Authority, type Change, type PollAnswer, type Position, type Versioned, versioned } from "../../src/index.ts";
import { type Deferred, deferred } from "./deferred.ts";

/**
 * An authority whose history the test writes. Polls answer at once, or wait for the test after `hold()`; the snapshot is taken
 * when the poll arrives, as a database's would be.
 */
export class ScriptedAuthority implements Authority {
  readonly polls: (Position | undefined)[] = [];
  epoch = "epoch-1";
  generation = 0;
  broken: string | undefined;
  rows: Change[] = [{ seq: 1, tag: "trip:0", stamp: "first" }];
  #held: Deferred<void>[] | undefined;

  /** Commits a change of this tag, and returns its number. */
  change(tag: string, stamp = `stamp-${this.#nextSeq()}`): number {
    const seq = this.#nextSeq();
    this.rows = [...this.rows, { seq, tag, stamp }];
    return seq;
  }

  /** Has all of a tag read anew, though nothing of it has changed. */
  flushTag(tag: string): void {
    const seq = this.#nextSeq();
    this.rows = [...this.rows, { seq, tag, stamp: `stamp-${seq}`, soft: true }];
  }

  /** From now on polls wait. */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets the oldest waiting poll go, with its answer or with this error. */
  release(error?: Error): void {
    const oldest = this.#held?.shift();
    if (error === undefined) oldest?.resolve();
    else oldest?.reject(error);
  }

  /** What a loader finds now: this value, of the tag's version, in a snapshot of now. */
  read<T>(tag: string, value: T): Versioned<T> {
    const change = this.rows.findLast((row) => row.tag === tag);
    const head = this.rows.at(-1)!;
    return versioned(value, { tag, version: change?.seq ?? 0, stamp: change?.stamp ?? "", head: { seq: head.seq, stamp: head.stamp } });
  }

  async poll(since: Position | undefined): Promise<PollAnswer> {
    this.polls.push(since);
    const { epoch, generation, broken, rows } = this;
    const { seq, stamp } = rows.at(-1)!;
    const changes = since === undefined ? [] : rows.filter((row) => row.seq >= since.seq);
    if (this.#held !== undefined) {
      const held = deferred<void>();
      this.#held.push(held);
      await held.promise;
    }
    return { epoch, generation, seq, stamp, changes, ...(broken === undefined ? {} : { broken }) };
  }

  #nextSeq(): number {
    return (this.rows.at(-1)?.seq ?? 0) + 1;
  }
}

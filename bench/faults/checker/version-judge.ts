import type { Begin, Body, Edit, Fault, Read, Shown } from "../history/records.ts";
import { faultsAt } from "./faults-at.ts";
import { Ratchet } from "./ratchet.ts";
import { ALWAYS, intersect, type Span } from "./span.ts";
import { type CommittedEdit, Timeline } from "./timeline.ts";
import type { Rule, Violation } from "./verdict.ts";

export interface Judged {
  readonly begin: Begin;
  readonly edits: readonly Edit[];
  readonly faults: readonly Fault[];
  readonly bodies: ReadonlyMap<number, Body["shows"]>;
}

/** An answer, with the versions that it can be of. */
interface Seen {
  readonly read: Read;
  readonly shows: readonly Shown[];
  /** Positions at which all that it shows was so. Not empty. */
  readonly spans: readonly Span[];
  /** The trip that it is of; undefined for one of several trips, or of none. */
  readonly trip: string | undefined;
}

/** Judges of which version each answer is, and whether it might be. */
export class VersionJudge {
  readonly timeline: Timeline;
  judgedReads = 0;
  worstStalenessMs = 0;
  readonly #begin: Begin;
  readonly #bodies: Judged["bodies"];
  readonly #faults: readonly Fault[];
  readonly #acknowledged = new Ratchets<CommittedEdit>();
  readonly #committed = new Ratchets<CommittedEdit>();
  readonly #byConnection = new Ratchets<Read>();
  readonly #byProcess = new Ratchets<Read>();

  constructor({ begin, edits, faults, bodies }: Judged) {
    this.#begin = begin;
    this.#bodies = bodies;
    this.#faults = faults;
    this.timeline = new Timeline(begin.registers, begin.trips, edits);
    for (const edit of this.timeline.edits) {
      const { trip, acknowledged, end, position } = edit;
      this.#committed.of(trip).add(end, position, edit);
      if (acknowledged) this.#acknowledged.of(trip).add(end, position, edit);
    }
  }

  judge(reads: readonly Read[]): Violation[] {
    const violations: Violation[] = [];
    const seen: Seen[] = [];
    for (const read of reads) {
      const shows = read.body === undefined ? undefined : this.#bodies.get(read.body);
      if (shows === undefined) continue;
      this.judgedReads++;
      let spans = ALWAYS;
      for (const [register, value] of shows) spans = intersect(spans, this.timeline.spansOf(register, value));
      if (spans.length === 0) violations.push(violation("WHOLE", read, this.#tornBetween(shows)));
      else seen.push({ read, shows, spans, trip: this.#tripOf(shows) });
    }
    for (const one of seen) this.#remember(one);
    return [...violations, ...seen.flatMap((one) => this.#judgeOne(one) ?? [])];
  }

  #remember({ read, spans, trip }: Seen): void {
    if (read.marked || trip === undefined) return;
    const oldest = spans[0]!.from;
    this.#byConnection.of(trip, String(read.connection)).add(read.end, oldest, read);
    if (this.#begin.alone.includes(read.machine)) this.#byProcess.of(trip, read.machine).add(read.end, oldest, read);
  }

  #judgeOne(seen: Seen): Violation | undefined {
    const { read, spans, shows } = seen;
    const { position: replacedAt, shown } = this.#endOf(shows, spans.at(-1)!.until);
    const trip = this.timeline.tripOf(shown[0]);
    const replacing = this.timeline.editAt(replacedAt);
    if (read.marked) return this.#judgeMarked(seen, shown, replacing);
    const silent = this.#awaySince(read);
    if (silent !== undefined)
      return violation("MARK", read, `not marked, though nobody could ask the database for ${ms(read.start - silent)}`);
    if (replacing === undefined || trip === undefined) return undefined;
    const replaced = `${shown.join(" = ")}, replaced by edit ${replacing.id}`;
    const lateMs = read.start - replacing.end;
    this.worstStalenessMs = Math.max(this.worstStalenessMs, lateMs);
    if (read.quiet) return violation("CONVERGE", read, replaced);

    const promised = this.#acknowledged.of(trip).before(read.start);
    if (promised !== undefined && promised.value >= replacedAt)
      return violation(
        ruleOf(shown, replacing),
        read,
        `${replaced}; edit ${promised.of.id} was acknowledged ${ms(read.start - promised.of.end)} before`,
      );
    const bound = this.#committed.of(trip).before(read.start - this.#begin.leaseMs);
    if (bound !== undefined && bound.value >= replacedAt) return violation("BOUND", read, `${replaced} ${ms(lateMs)} before`);
    return this.#judgeOrder(seen, replacedAt, replaced);
  }

  /** A process may mark what it serves while it cannot ask the database in time: that is away, or the process itself stood still. */
  #judgeMarked({ read, spans }: Seen, shown: Shown, replacing: CommittedEdit | undefined): Violation | undefined {
    const [trouble] = faultsAt(this.#faults, read).filter(({ strikes }) => strikes === "database" || strikes === "worker");
    if (trouble === undefined) return violation("MARK", read, "marked as old, though the database was there");
    // What was deleted before the trouble began was known to be deleted: every process had said so, or had no lease any more.
    const wasGone = replacing?.acknowledged && replacing.end < trouble.begin && spans.at(-1)!.until <= replacing.position;
    if (wasGone && ruleOf(shown, replacing) === "GONE")
      return violation("GONE", read, `${shown.join(" = ")}, deleted by edit ${replacing.id}`);
    return undefined;
  }

  #judgeOrder({ read, trip }: Seen, replacedAt: number, replaced: string): Violation | undefined {
    if (trip === undefined) return undefined;
    const before = this.#byConnection.of(trip, String(read.connection)).before(read.start);
    if (before !== undefined && before.value >= replacedAt) return violation("MONO", read, `${replaced}, which this connection had shown`);
    const elsewhere = this.#byProcess.of(trip, read.machine).before(read.start);
    if (elsewhere !== undefined && elsewhere.value >= replacedAt)
      return violation("FLIGHT", read, `${replaced}, which this process had shown`);
    return undefined;
  }

  /** Since when a process that asks the database gets no answer: only if for longer than L. */
  #awaySince({ start, end, machine }: Read): number | undefined {
    const outage = this.#faults.find(
      (fault) =>
        fault.away && (fault.target === "all" || fault.target === machine) && fault.begin + this.#begin.leaseMs < start && end < fault.end,
    );
    return outage?.begin;
  }

  /** What ended first of all that an answer shows, at or after the end of its last span. */
  #endOf(shows: readonly Shown[], until: number): { position: number; shown: Shown } {
    for (const shown of shows) if (this.timeline.spansOf(...shown).some((span) => span.until === until)) return { position: until, shown };
    return { position: until, shown: ["nothing", "at all"] };
  }

  #tripOf(shows: readonly Shown[]): string | undefined {
    const trips = new Set(shows.map(([register]) => this.timeline.tripOf(register)));
    return trips.size === 1 ? [...trips][0] : undefined;
  }

  #tornBetween(shows: readonly Shown[]): string {
    let spans = ALWAYS;
    const had: Shown[] = [];
    for (const shown of shows) {
      const own = this.timeline.spansOf(...shown);
      if (own.length === 0) return `${shown.join(" = ")}, which never was so`;
      spans = intersect(spans, own);
      if (spans.length === 0) {
        const other = had.find((before) => intersect(own, this.timeline.spansOf(...before)).length === 0);
        return `${(other ?? had.at(-1)!).join(" = ")} together with ${shown.join(" = ")}`;
      }
      had.push(shown);
    }
    return "";
  }
}

/** A ratchet a name. */
class Ratchets<T> {
  readonly #ratchets = new Map<string, Ratchet<T>>();

  of(...names: readonly string[]): Ratchet<T> {
    const name = names.join("\n");
    let ratchet = this.#ratchets.get(name);
    if (ratchet === undefined) {
      ratchet = new Ratchet();
      this.#ratchets.set(name, ratchet);
    }
    return ratchet;
  }
}

/** An old answer goes by the name of what its reader would notice. */
function ruleOf([register, value]: Shown, replacing: Edit): Rule {
  if (!/^(?:at|card):/.test(register)) return "FRESH";
  if (value === "none") return "NEG";
  return replacing.sets[register] === "gone" ? "GONE" : "FRESH";
}

function violation(rule: Rule, { start, machine, url, status }: Read, what: string): Violation {
  return { rule, at: start, what: `${machine} ${url} ${status}: ${what}` };
}

function ms(duration: number): string {
  return `${Math.round(duration)} ms`;
}

import { ANSWERS } from "../checker/answer-rules.ts";
import { checkHistory } from "../checker/check-history.ts";
import { faultsAt } from "../checker/faults-at.ts";
import { type Latency, measureLatency } from "../checker/latency-rule.ts";
import { RULES, type Rule, type Violation } from "../checker/verdict.ts";
import type { Begin, Edit, Fault, HistoryRecord, Life, Probe, Read } from "../history/records.ts";

/** All that the report prints of a run. */
export interface RunReport {
  readonly setup: string;
  readonly seed: number;
  readonly seconds: number;
  readonly reads: { readonly all: number; readonly judged: number; readonly by: Readonly<Record<string, number>> };
  readonly edits: {
    readonly all: number;
    readonly by: Readonly<Record<string, number>>;
    readonly acknowledged: number;
  };
  readonly faults: readonly FaultReport[];
  readonly violations: Readonly<Record<Rule, number>>;
  readonly offending: readonly Violation[];
  readonly worstStalenessMs: number;
  /** From an edit's commit until all had it, as its answer said. */
  readonly visibleAfterMs: Percentiles | undefined;
  /** The same while nothing was the matter, and no machine had died of which the registry still knew. */
  readonly visibleCalmAfterMs: Percentiles | undefined;
  /** Edits that waited until the leases of those who did not answer were over. */
  readonly waitedForLease: number;
  readonly readMs: Percentiles | undefined;
  readonly latency: Latency | undefined;
}

export interface FaultReport {
  readonly kind: string;
  readonly times: number;
  readonly seconds: number;
  /** Reads while it lasted, at whom it struck, and the share that was answered. */
  readonly reads: number;
  readonly answered: number;
  /** How often each operation was under way while it lasted. */
  readonly operations: Readonly<Record<string, number>>;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The registry's janitor takes a machine that died without a word for dead after 30 s, and forgets it after another round. */
const REMEMBERED_MS = 45_000;

/** An acknowledgement this late was no answer of all workers: their leases were over. */
const LEASE_SHARE = 0.95;

export function measureRun(history: readonly HistoryRecord[]): RunReport {
  const begin = history.find((record): record is Begin => record.is === "begin")!;
  const reads = history.filter((record): record is Read => record.is === "read");
  const edits = history.filter((record): record is Edit => record.is === "edit");
  const faults = history.filter((record): record is Fault => record.is === "fault");
  const probes = history.filter((record): record is Probe => record.is === "probe");
  const { violations, judgedReads, worstStalenessMs } = checkHistory(history);
  const instants = [...reads, ...edits];
  const afterMs = edits.flatMap((edit) => edit.afterMs ?? []);
  const deaths = history.filter((record): record is Life => record.is === "machine" && record.event === "died");
  const calm = edits
    .filter(({ start, end }) => faultsAt(faults, { start, end }).length === 0)
    .filter(({ start }) => !deaths.some(({ at }) => at < start && start < at + REMEMBERED_MS))
    .flatMap((edit) => edit.afterMs ?? []);
  return {
    setup: begin.setup,
    seed: begin.seed,
    seconds: (Math.max(...last(instants)) - first(instants)) / 1_000,
    reads: { all: reads.length, judged: judgedReads, by: countBy(reads, ({ operation }) => operation) },
    edits: {
      all: edits.length,
      by: countBy(edits, ({ operation, by }) => (by === "api" ? operation : `${operation} by ${by}`)),
      acknowledged: edits.filter(({ acknowledged }) => acknowledged).length,
    },
    faults: describeFaults(faults, reads, edits),
    violations: Object.fromEntries(
      Object.keys(RULES).map((rule) => [rule, violations.filter((violation) => violation.rule === rule).length]),
    ) as Record<Rule, number>,
    offending: violations,
    worstStalenessMs,
    visibleAfterMs: percentilesOf(afterMs),
    visibleCalmAfterMs: percentilesOf(calm),
    waitedForLease: afterMs.filter((ms) => ms >= LEASE_SHARE * begin.leaseMs).length,
    readMs: percentilesOf(reads.map(({ start, end }) => end - start)),
    latency: measureLatency(reads, faults, probes),
  };
}

function first(instants: readonly (Read | Edit)[]): number {
  return instants.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
}

function last(instants: readonly (Read | Edit)[]): [number] {
  return [instants.reduce((most, { end }) => Math.max(most, end), 0)];
}

function describeFaults(faults: readonly Fault[], reads: readonly Read[], edits: readonly Edit[]): FaultReport[] {
  const reports = new Map<
    string,
    { times: number; seconds: number; reads: number; answered: number; operations: Record<string, number> }
  >();
  for (const { kind, begin, end } of faults) {
    const report = reports.get(kind) ?? { times: 0, seconds: 0, reads: 0, answered: 0, operations: {} };
    reports.set(kind, report);
    report.times += 1;
    report.seconds += (end - begin) / 1_000;
  }
  const kindsAt = (operation: Read | Edit) => new Set(faultsAt(faults, operation, 0).map(({ kind }) => kind));
  for (const read of reads) {
    for (const kind of kindsAt(read)) {
      const report = reports.get(kind)!;
      report.reads += 1;
      if (read.status !== undefined && ANSWERS.has(read.status)) report.answered += 1;
      count(report.operations, read.operation);
    }
  }
  for (const edit of edits) {
    const anywhere = faultsAt(faults, { start: edit.start, end: edit.end }, 0);
    for (const kind of new Set(anywhere.map(({ kind }) => kind)))
      count(reports.get(kind)!.operations, edit.by === "api" ? edit.operation : edit.by);
  }
  return [...reports].map(([kind, report]) => ({ kind, ...report })).toSorted((one, other) => (one.kind < other.kind ? -1 : 1));
}

function countBy<T>(all: readonly T[], nameOf: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) count(counts, nameOf(one));
  return counts;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function percentilesOf(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

import type { Begin, Body, Edit, End, Fault, HistoryRecord, Probe, Read } from "../history/records.ts";
import { judgeAnswers } from "./answer-rules.ts";
import { judgeEnd } from "./end-rules.ts";
import { judgeLatency } from "./latency-rule.ts";
import type { Violation } from "./verdict.ts";
import { VersionJudge } from "./version-judge.ts";

export interface Verdict {
  /** By the time at which they were seen. */
  readonly violations: readonly Violation[];
  /** Reads whose contents were judged: answers of pages, redirects and refusals alike. */
  readonly judgedReads: number;
  /** The longest time for which something replaced was still served without a mark, since its replacement was known to be committed. */
  readonly worstStalenessMs: number;
}

/**
 * Judges a recorded history. Pure.
 *
 * @throws Error when it is not whole: without its first or its last record
 */
export function checkHistory(history: readonly HistoryRecord[]): Verdict {
  const begin = findRecord<Begin>(history, "begin");
  const end = findRecord<End>(history, "end");
  const edits = history.filter((record): record is Edit => record.is === "edit");
  const faults = history.filter((record): record is Fault => record.is === "fault");
  const probes = history.filter((record): record is Probe => record.is === "probe");
  const reads = history.filter((record): record is Read => record.is === "read").toSorted((one, other) => one.start - other.start);
  const bodies = new Map(history.filter((record): record is Body => record.is === "body").map(({ id, shows }) => [id, shows]));

  const judge = new VersionJudge({ begin, edits, faults, bodies });
  const violations = [
    ...judge.judge(reads),
    ...judgeAnswers(reads, edits, faults, probes),
    ...judgeLatency(reads, faults, probes),
    ...judgeEnd(judge.timeline, edits, end),
  ];
  return {
    violations: violations.toSorted((one, other) => one.at - other.at),
    judgedReads: judge.judgedReads,
    worstStalenessMs: judge.worstStalenessMs,
  };
}

function findRecord<T extends HistoryRecord>(history: readonly HistoryRecord[], is: T["is"]): T {
  const found = history.find((record) => record.is === is);
  if (found === undefined) throw new Error(`The history has no "${is}": the run did not get so far.`);
  return found as T;
}

import { styleText } from "node:util";
import { RULES, type Rule } from "../checker/verdict.ts";
import type { Percentiles, RunReport } from "./measure-run.ts";

/** Offending answers that are printed; the history has them all. */
const MOST_SHOWN = 20;
const WIDTH = 98;

/** A run as its reader wants to see it, in a terminal of 100 columns. */
export function formatReport(report: RunReport): string {
  const { setup, seed, seconds, reads, edits } = report;
  return [
    styleText("bold", `${setup}: ${seconds.toFixed(0)} s, seed ${seed}`),
    "",
    ...wrapped("reads", `${number(reads.all)} (${number(reads.judged)} judged): ${counts(reads.by)}`),
    ...wrapped("edits", `${number(edits.all)} (${number(edits.acknowledged)} acknowledged): ${counts(edits.by)}`),
    ...wrapped("visible", visibility(report)),
    ...wrapped("in calm times", `everywhere after ${spread(report.visibleCalmAfterMs)}`),
    ...wrapped("read times", readTimes(report)),
    ...wrapped("worst", `the oldest answer had been replaced for ${report.worstStalenessMs.toFixed(0)} ms`),
    "",
    ...formatFaults(report),
    "",
    ...formatCoverage(report),
    "",
    ...formatViolations(report),
    "",
  ].join("\n");
}

function visibility({ visibleAfterMs, waitedForLease, edits }: RunReport): string {
  return `everywhere after ${spread(visibleAfterMs)}; ${waitedForLease} of ${edits.acknowledged} waited for leases to end`;
}

function readTimes({ readMs, latency }: RunReport): string {
  const rise =
    latency === undefined
      ? ""
      : `; p99 calm ${latency.calm.toFixed(1)} ms, trouble with Redis ${latency.redis.toFixed(1)} ms (${latency.riseMs.toFixed(1)} ms more than the machine itself)`;
  return `${spread(readMs)}${rise}`;
}

function formatFaults({ faults }: RunReport): string[] {
  const rows = faults.map(({ kind, times, seconds, reads, answered }) => [
    kind,
    String(times),
    seconds.toFixed(1),
    number(reads),
    reads === 0 ? "-" : `${((100 * answered) / reads).toFixed(answered === reads ? 0 : 2)} %`,
  ]);
  return table(["fault", "times", "s", "reads", "answered"], rows);
}

function formatCoverage({ faults }: RunReport): string[] {
  const operations = [...new Set(faults.flatMap((fault) => Object.keys(fault.operations)))].toSorted();
  const short = (name: string) => name.split(" ").at(-1)!.slice(0, 7);
  const rows = faults.map(({ kind, operations: done }) => [kind, ...operations.map((name) => short1(done[name] ?? 0))]);
  return table(["fault x operation", ...operations.map(short)], rows, 1);
}

/** Three characters at most. */
function short1(value: number): string {
  if (value === 0) return ".";
  return value < 1_000 ? String(value) : `${Math.round(value / 1_000)}k`;
}

function formatViolations({ violations, offending, reads }: RunReport): string[] {
  const rate = reads.judged === 0 ? "" : `, below ${(3 / reads.judged).toExponential(1)}`;
  const lines = (Object.keys(RULES) as Rule[]).map((rule) => {
    const found = violations[rule];
    const many = found === 0 ? styleText("green", `0 of ${number(reads.judged)}${rate}`) : styleText("red", number(found));
    return `  ${rule.padEnd(9)} ${many}`;
  });
  const shown = offending.slice(0, MOST_SHOWN).map(({ rule, at, what }) => `  ${rule} at ${at.toFixed(0)}: ${what}`);
  const more = offending.length - shown.length;
  return [
    "violations",
    ...lines,
    ...(shown.length > 0 ? ["", ...shown] : []),
    ...(more > 0 ? [`  and ${number(more)} more, in the history`] : []),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(" ".repeat(gap))}`;
  return [styleText("dim", line(head)), ...rows.map(line)];
}

function wrapped(name: string, text: string): string[] {
  const indent = 17;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > WIDTH - indent) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].map((part, index) => `  ${(index === 0 ? name : "").padEnd(indent - 2)}${part}`);
}

function counts(by: Readonly<Record<string, number>>): string {
  return Object.entries(by)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, many]) => `${name} ${number(many)}`)
    .join(", ");
}

function spread(percentiles: Percentiles | undefined): string {
  if (percentiles === undefined) return "(nobody said)";
  const { p50, p99, max } = percentiles;
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(0)} ms`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

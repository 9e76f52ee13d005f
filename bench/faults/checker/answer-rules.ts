import type { Attempt, Edit, Fault, Probe, Read } from "../history/records.ts";
import { faultsAt, type Lasting, overlapMs } from "./faults-at.ts";
import type { Violation } from "./verdict.ts";

/** What a reader takes for an answer: a page, still the same, elsewhere, not there, no longer there. */
export const ANSWERS: ReadonlySet<number> = new Set([200, 302, 304, 308, 404, 410]);

/** The longest that a read may take beyond the time for which its server stood still. */
const READ_LIMIT_MS = 3_000;
/** Other programs use the machine too: for each ms that the bare server took meanwhile, an answer may take so many more. */
const SLOW_MACHINE = 10;
const SLOW_PROBE_MS = 20;
/** The server's own: a reader who has waited so long is told that the database does not answer. */
const TOLD_AFTER_MS = 11_000;
/** An edit waits for others to finish, 5 s at most, and then for all to see it, L at most. */
const EDIT_LIMIT_MS = 10_000;

/** These faults a reader must not notice at all. */
const UNNOTICED: ReadonlySet<Fault["strikes"]> = new Set(["redis", "bus", "crowd", "rolling"]);

/** AVAIL, and the limits of LIMIT that hold for single answers. */
export function judgeAnswers(
  reads: readonly Read[],
  edits: readonly Edit[],
  faults: readonly Fault[],
  probes: readonly Probe[],
): Violation[] {
  const slow = probes.filter(({ start, end }) => end - start > SLOW_PROBE_MS);
  const allowanceMs = ({ start, end }: Lasting) =>
    SLOW_MACHINE *
    slow.filter((probe) => probe.start < end && start < probe.end).reduce((most, probe) => Math.max(most, probe.end - probe.start), 0);
  return [
    ...reads.flatMap((read) => judgeRead(read, faultsAt(faults, read), allowanceMs(read))),
    ...edits.flatMap(({ id, attempts = [] }) =>
      attempts.flatMap((attempt) => judgeAttempt(id, attempt, faultsAt(faults, attempt), allowanceMs(attempt))),
    ),
  ];
}

function judgeRead(read: Read, near: readonly Fault[], allowanceMs: number): Violation[] {
  const violations: Violation[] = [];
  const { start, end, status, machine, url, failure, retryAfter } = read;
  const found = (rule: "AVAIL" | "LIMIT", what: string) => violations.push({ rule, at: start, what: `${machine} ${url}: ${what}` });
  const excused = near.some(({ strikes }) => !UNNOTICED.has(strikes));
  const during = near.map(({ kind }) => kind).join(", ") || "no fault";
  if ((status === undefined || !ANSWERS.has(status)) && !excused) found("AVAIL", `${failure ?? status} during ${during}`);
  if (status === 503 && !/^[1-9]\d*$/.test(retryAfter ?? "")) found("AVAIL", "503 without Retry-After");
  const stoodStill = near.filter(({ strikes }) => !UNNOTICED.has(strikes)).reduce((sum, fault) => sum + overlapMs(fault, read), 0);
  const limit =
    READ_LIMIT_MS + allowanceMs + Math.min(stoodStill, near.some(({ strikes }) => strikes === "worker") ? stoodStill : TOLD_AFTER_MS);
  if (end - start > limit) found("LIMIT", `${Math.round(end - start)} ms, at most ${Math.round(limit)}, during ${during}`);
  return violations;
}

function judgeAttempt(id: number, attempt: Attempt, near: readonly Fault[], allowanceMs: number): Violation[] {
  const stoodStill = near.filter(({ strikes }) => !UNNOTICED.has(strikes)).reduce((sum, fault) => sum + overlapMs(fault, attempt), 0);
  const tookMs = attempt.end - attempt.start;
  if (tookMs <= EDIT_LIMIT_MS + allowanceMs + stoodStill) return [];
  return [{ rule: "LIMIT", at: attempt.start, what: `${attempt.machine} edit ${id}: ${Math.round(tookMs)} ms until ${attempt.answer}` }];
}

import type { Fault } from "../history/records.ts";

export interface Lasting {
  readonly start: number;
  readonly end: number;
  /** That was asked, where it matters. */
  readonly machine?: string;
}

/** After a fault has ended its victims still need a moment: to start, to connect, to poll. */
const AFTERMATH_MS = 3_000;

/** The faults that may have to do with an answer: in the air while it was waited for, or just before. */
export function faultsAt(faults: readonly Fault[], { start, end, machine }: Lasting, aftermathMs = AFTERMATH_MS): Fault[] {
  return faults.filter(
    (fault) =>
      fault.begin <= end &&
      start <= fault.end + aftermathMs &&
      (machine === undefined || fault.target === "all" || fault.target === machine),
  );
}

/** How much of that time a fault lasted. */
export function overlapMs(fault: Fault, { start, end }: Lasting): number {
  return Math.max(0, Math.min(end, fault.end) - Math.max(start, fault.begin));
}

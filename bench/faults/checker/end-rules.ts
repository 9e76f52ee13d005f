import type { Edit, End } from "../history/records.ts";
import type { Timeline } from "./timeline.ts";
import type { Violation } from "./verdict.ts";

/** NOLOST: what was acknowledged is there, where it was said to be, and the database holds the sum of all edits. */
export function judgeEnd(timeline: Timeline, edits: readonly Edit[], end: End): Violation[] {
  const lost = edits.flatMap(({ id, operation, position, answeredPosition, acknowledged, machine, start }): Violation[] => {
    if (!acknowledged) return [];
    const name = `edit ${id} (${operation}), acknowledged by ${machine},`;
    if (position === null) return [{ rule: "NOLOST", at: start, what: `${name} is not in the database` }];
    if (answeredPosition === undefined || answeredPosition === position) return [];
    return [{ rule: "NOLOST", at: start, what: `${name} stands at ${position} there, not at ${answeredPosition}` }];
  });
  const differing = Object.entries(end.registers).flatMap(([register, value]): Violation[] => {
    const expected = timeline.last(register);
    if (value === expected) return [];
    return [{ rule: "NOLOST", at: end.at, what: `the database holds ${register} = ${value} at the end; the edits make it ${expected}` }];
  });
  return [...lost, ...differing];
}

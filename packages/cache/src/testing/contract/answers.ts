import assert from "node:assert/strict";
import type { Authority, Change, PollAnswer, Position } from "../../authority.ts";
import { expectEqual } from "./contract.ts";

/** Polls, and proves that the answer goes on from `since` without a gap, and is of one snapshot. */
export async function pollOn(authority: Authority, since: Position): Promise<PollAnswer> {
  const answer = await authority.poll(since);
  const { epoch, seq, stamp, changes } = answer;
  expectEqual("the epoch", epoch, since.epoch);
  const seqs = changes.map((change) => change.seq);
  const ascending = seqs.toSorted((a, b) => a - b);
  expectEqual("the order of the changes", seqs, ascending);
  assert(seq >= since.seq, `Expected the head not to go back from ${since.seq} to ${seq}.`);
  assert((seqs[0] ?? seq) >= since.seq, `Expected no change from before ${since.seq}, not ${seqs[0]}.`);
  assert((seqs.at(-1) ?? seq) <= seq, `Expected no change beyond the head ${seq}, not ${seqs.at(-1)}.`);
  if (seq === since.seq) expectEqual("the stamp of the head, when nothing changed", stamp, since.stamp);
  else {
    expectEqual(`the stamps of the change polled last, ${since.seq}`, stampsAt(changes, since.seq), [since.stamp]);
    expectEqual(`the stamps of the change at the head, ${seq}`, stampsAt(changes, seq), [stamp]);
  }
  return answer;
}

/** When each tag changed last, of all that changed after `since`. */
export function lastChanges(changes: readonly Change[], since: Position): ReadonlyMap<string, number> {
  return new Map(changes.filter(({ seq }) => seq > since.seq).map(({ seq, tag }) => [tag, seq]));
}

const stampsAt = (changes: readonly Change[], at: number): readonly string[] => [
  ...new Set(changes.filter(({ seq }) => seq === at).map(({ stamp }) => stamp)),
];

import { present } from "./database.ts";
import type { State } from "./state.ts";

/** A change by its number; after a restore two have the same, and primes tell them apart. */
export function tellChange(state: State, change: number, seq: number): string {
  const twins = state.changes.slice(0, change).filter((other) => other.seq === seq).length;
  return `${seq}${"'".repeat(twins)}`;
}

/** The newest change and the epoch. */
export function tellMoment(state: State, moment: number): string {
  const { head, epoch } = state.moments[moment]!;
  return `change ${tellChange(state, head, state.changes[head]!.seq)} of epoch ${epoch}`;
}

export function tellPresent(state: State): string {
  const { head } = present(state);
  return `change ${tellChange(state, head, state.changes[head]!.seq)}`;
}

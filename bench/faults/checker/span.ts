/** Positions of a history from `from` on, up to but not with `until`. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

export const ALWAYS: readonly Span[] = [{ from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }];

/** Both lists are sorted and do not overlap within themselves; so is the result. */
export function intersect(one: readonly Span[], other: readonly Span[]): Span[] {
  const common: Span[] = [];
  for (let a = 0, b = 0; a < one.length && b < other.length; ) {
    const left = one[a]!;
    const right = other[b]!;
    const from = Math.max(left.from, right.from);
    const until = Math.min(left.until, right.until);
    if (from < until) common.push({ from, until });
    if (left.until <= right.until) a++;
    else b++;
  }
  return common;
}

import { numberedSlug, slugify } from "../../paths/slugify.ts";
import type { NodeId, PlannedNode } from "../types.ts";
import type { ExistingNode, PastName } from "./read-trip.ts";

/** A node that gets its place by an import. */
export interface Place {
  readonly planned: PlannedNode;
  readonly id: NodeId;
  readonly before: ExistingNode | undefined;
  readonly parent: Place | null;
  readonly title: string;
  segment: string;
}

/** A slug that siblings wanted too, and what it became. */
export interface Collision {
  readonly key: string;
  readonly wanted: string;
  readonly got: string;
}

/**
 * Gives each planned node its segment. Within one place the authors' own slugs come first, then the names that pages
 * have there already (an import of the same source changes none), then new ones in reading order.
 *
 * @param taken names of other living pages, which stay theirs
 * @param past past names: automatic slugs evade those of others
 * @returns those who did not get what they wanted
 */
export function assignSegments(targets: readonly Place[], taken: TakenNames, past: readonly PastName[]): Collision[] {
  const holders = new Map<string, Set<NodeId>>();
  for (const { parentId, segment, nodeId } of past) {
    const place = `${parentId}/${segment}`;
    const known = holders.get(place);
    if (known) known.add(nodeId);
    else holders.set(place, new Set([nodeId]));
  }
  const isOthersPast = (parentId: NodeId, segment: string, id: NodeId) => {
    const known = holders.get(`${parentId}/${segment}`);
    return known !== undefined && (known.size > 1 || !known.has(id));
  };

  const wish = (target: Place) => slugify(target.planned.slug ?? target.planned.slugSource ?? target.title) || target.id;
  const settle = (target: Place, segment: string) => {
    target.segment = segment;
    taken.add(target.parent!.id, segment);
  };
  const open = new Set(targets.filter((target) => target.parent !== null));
  for (const target of open) {
    if (target.planned.slug === undefined) continue;
    settle(target, taken.free(target.parent!.id, wish(target)));
    open.delete(target);
  }
  for (const target of open) {
    const { before, parent } = target;
    if (before === undefined || before.segment === null || before.parentId !== parent!.id) continue;
    if (!isNumbered(before.segment, wish(target)) || taken.has(parent!.id, before.segment)) continue;
    settle(target, before.segment);
    open.delete(target);
  }
  for (const target of open) {
    const parentId = target.parent!.id;
    settle(
      target,
      taken.free(parentId, wish(target), (segment) => isOthersPast(parentId, segment, target.id)),
    );
  }
  return targets.flatMap((target) =>
    target.parent === null || target.segment === wish(target) ? [] : { key: target.planned.key, wanted: wish(target), got: target.segment },
  );
}

/** The names that living pages have, by their parents. */
export class TakenNames {
  readonly #places = new Set<string>();
  /** Where to go on counting: a thousand siblings of one title must not each count from 2. */
  readonly #next = new Map<string, number>();

  has(parentId: NodeId, segment: string): boolean {
    return this.#places.has(`${parentId}/${segment}`);
  }

  add(parentId: NodeId, segment: string): void {
    this.#places.add(`${parentId}/${segment}`);
  }

  /** The slug itself if it is free, else `-2`, `-3` and so on. */
  free(parentId: NodeId, slug: string, isAvoided: (segment: string) => boolean = () => false): string {
    const isFree = (segment: string) => !this.has(parentId, segment) && !isAvoided(segment);
    if (isFree(slug)) return slug;
    const place = `${parentId}/${slug}`;
    for (let number = this.#next.get(place) ?? 2; ; number += 1) {
      const segment = numberedSlug(slug, number);
      if (!isFree(segment)) continue;
      this.#next.set(place, number + 1);
      return segment;
    }
  }
}

/** Whether a segment is the wanted one, or that with a number. */
function isNumbered(segment: string, wanted: string): boolean {
  const number = /-(\d+)$/.exec(segment)?.[1];
  return segment === wanted || (number !== undefined && numberedSlug(wanted, Number(number)) === segment);
}

import type { NodeId, PlannedNode } from "../types.ts";
import type { ExistingNode } from "./read-trip.ts";

export type MatchReason = "id" | "source" | "content" | "title" | "text";

export interface Match {
  readonly node: ExistingNode;
  readonly reason: MatchReason;
}

/** Texts whose shared part is smaller are two pages. */
const SIMILAR = 0.5;
/** Comparing every pair of leftovers is only worth it while there are few. */
const MOST_PAIRS = 250_000;

/** The texts of the nodes that nothing surer than a text could match. */
export interface BodySource {
  planned(node: PlannedNode): string;
  load(nodes: readonly ExistingNode[]): Promise<(node: ExistingNode) => string>;
}

/**
 * Finds for each planned node the one it was before, so that its id, cards and history go on: by the id that the source
 * names, by the source path, by the same text, by the same title and a similar text, by a similar text. What is sure
 * comes first; each node is taken once; deleted nodes only where the source names them or their path.
 */
export async function matchPlan(
  planned: readonly PlannedNode[],
  existing: readonly ExistingNode[],
  bodies: BodySource,
): Promise<Map<PlannedNode, Match>> {
  const matches = new Map<PlannedNode, Match>();
  const taken = new Set<NodeId>();
  const take = (node: PlannedNode, match: ExistingNode | undefined, reason: MatchReason) => {
    if (match === undefined || taken.has(match.id) || matches.has(node)) return;
    matches.set(node, { node: match, reason });
    taken.add(match.id);
  };

  const byId = new Map(existing.map((node) => [node.id, node]));
  const root = existing.find((node) => node.parentId === null);
  for (const node of planned) {
    if (node.parentKey === null) take(node, root, "id");
    else if (node.id !== undefined && node.id !== root?.id) take(node, byId.get(node.id), "id");
  }

  // A living node before a deleted one of the same path.
  const bySource = new Map<string, ExistingNode>();
  for (const node of existing)
    if (node.sourcePath !== null && (node.alive || !bySource.has(node.sourcePath))) bySource.set(node.sourcePath, node);
  for (const node of planned) take(node, bySource.get(node.key), "source");

  const leftPlanned = () => planned.filter((node) => !matches.has(node));
  const leftExisting = () => existing.filter((node) => node.alive && node.sourcePath !== null && !taken.has(node.id));

  if (leftPlanned().length === 0 || leftExisting().length === 0) return matches;
  const bodyOf = await bodies.load(leftExisting());
  const byText = groupBy(leftExisting(), (node) => fingerprint(bodyOf(node)));
  for (const node of leftPlanned()) {
    const text = fingerprint(bodies.planned(node));
    // The same short text (a stub, an empty page) says nothing about which of several it was.
    const same = byText.get(text)?.filter((candidate) => !taken.has(candidate.id)) ?? [];
    const one = same.find((candidate) => candidate.title === node.title) ?? (same.length === 1 && text.length > 40 ? same[0] : undefined);
    take(node, one, "content");
  }

  const restPlanned = leftPlanned();
  const restExisting = leftExisting();
  if (restPlanned.length * restExisting.length > MOST_PAIRS) return matches;
  const shingles = new Map<unknown, ReadonlySet<string>>();
  const shinglesOf = (key: unknown, body: () => string) => {
    const found = shingles.get(key) ?? shinglesIn(body());
    shingles.set(key, found);
    return found;
  };
  const pairs: { node: PlannedNode; candidate: ExistingNode; similarity: number; sameTitle: boolean }[] = [];
  for (const node of restPlanned) {
    for (const candidate of restExisting) {
      const sameTitle = candidate.title === node.title;
      const similarity = jaccard(
        shinglesOf(node, () => bodies.planned(node)),
        shinglesOf(candidate, () => bodyOf(candidate)),
      );
      if (similarity >= (sameTitle ? SIMILAR / 2 : SIMILAR)) pairs.push({ node, candidate, similarity, sameTitle });
    }
  }
  pairs.sort((one, other) => Number(other.sameTitle) - Number(one.sameTitle) || other.similarity - one.similarity);
  for (const { node, candidate, sameTitle } of pairs) take(node, candidate, sameTitle ? "title" : "text");
  return matches;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Without link targets (they name ids here and paths there) and white space. */
function fingerprint(body: string): string {
  return body
    .replace(/\]\([^)\s]*\)/g, "]")
    .replace(/\s+/g, " ")
    .trim();
}

function shinglesIn(body: string): ReadonlySet<string> {
  const words = fingerprint(body)
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const found = new Set<string>();
  for (let at = 0; at + 2 < words.length; at += 1) found.add(`${words[at]} ${words[at + 1]} ${words[at + 2]}`);
  return found;
}

function jaccard(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0;
  let shared = 0;
  const [small, large] = one.size < other.size ? [one, other] : [other, one];
  for (const shingle of small) if (large.has(shingle)) shared += 1;
  return shared / (one.size + other.size - shared);
}

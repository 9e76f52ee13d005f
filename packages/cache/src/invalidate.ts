import type { Holder, Reach } from "./authority.ts";
import { checkKey, checkTags, parseWord, softly, wordOfKey, wordOfTag } from "./key.ts";
import type { Parts } from "./options.ts";

/**
 * Forgets a key: here at once, loads in progress included, then in the second tier, and in every process that keeps itself
 * coherent with this one. `soft`: a copy may stay, to be served in grace.
 */
export async function invalidateKey(parts: Parts, key: string, soft: boolean): Promise<Reach> {
  const { flights, events, knowledge, shared, coherence } = parts;
  checkKey(key);
  if (knowledge.contact !== undefined) await knowledge.contact;
  flights.detach(key);
  dropKey(parts, key, soft, undefined);
  if (events.wants("invalidate")) events.emit("invalidate", { keys: [key], soft });
  const word = wordOfKey(key);
  const [{ reach }, dropped] = await Promise.all([
    knowledge.announce([soft ? softly(word) : word]),
    // Only where caches tell each other what changed is the copy there known to be over.
    shared === undefined || (soft && coherence !== undefined) || shared.drop([key]),
  ]);
  return dropped ? reach : "deferred";
}

/** As `invalidateKey`, for everything that carries one of the tags. What that is in the second tier nobody enumerates: it is judged when it is read. */
export async function invalidateTags(parts: Parts, tags: readonly string[]): Promise<Reach> {
  const { flights, events, knowledge } = parts;
  checkTags(tags);
  if (knowledge.contact !== undefined) await knowledge.contact;
  flights.detachTags(tags);
  for (const tag of tags) dropTagged(parts, tag, false, Number.POSITIVE_INFINITY);
  if (events.wants("invalidate")) events.emit("invalidate", { tags, soft: false });
  return (await knowledge.announce(tags.map(wordOfTag))).reach;
}

/** As `invalidateKey`, for everything. */
export async function invalidateAll(parts: Parts, soft: boolean): Promise<Reach> {
  const { events, knowledge, shared } = parts;
  if (knowledge.contact !== undefined) await knowledge.contact;
  // Before anything is dropped: else a load that begins after that could still find there what is to go.
  shared?.clearance.suspend();
  let voidsTier = false;
  try {
    if (soft) {
      parts.flights.detachAll();
      for (const key of [...parts.values.keys()]) dropKey(parts, key, true, undefined);
      parts.negatives.clear();
    } else dropAll(parts);
    if (events.wants("invalidate")) events.emit("invalidate", { soft });
    const announced = await knowledge.announceAll(!soft);
    voidsTier = announced.voidsTier;
    return announced.reach;
  } finally {
    // What is left there is refused or in its grace, if all have heard of it; then this only makes room.
    if (!soft || !voidsTier) shared?.clearance.start(!voidsTier);
    shared?.clearance.resume();
  }
}

/** Everything that this process holds. */
export function dropAll({ flights, values, negatives, departures }: Parts): void {
  flights.detachAll();
  values.clear();
  negatives.clear();
  departures.clear();
}

/** The cache in the eyes of the knowledge. */
export function createHolder(parts: Parts): Holder {
  const { values, negatives, flights } = parts;
  return {
    holds: (tag) => values.holds(tag) || negatives.holds(tag),
    clear: () => dropAll(parts),
    changed: (word, seq) => {
      const { key, tag, soft } = parseWord(word) ?? { soft: false };
      if (key !== undefined) {
        flights.detachLoad(key);
        dropKey(parts, key, soft, undefined, seq);
      } else if (tag !== undefined) {
        flights.detachTags([tag], true);
        dropTagged(parts, tag, soft, seq);
      }
    },
  };
}

function dropTagged(parts: Parts, tag: string, soft: boolean, before: number): void {
  for (const key of new Set([...parts.values.tagged(tag), ...parts.negatives.tagged(tag)])) dropKey(parts, key, soft, tag, before);
}

/** @param before only what is of an older version */
function dropKey(parts: Parts, key: string, soft: boolean, tag: string | undefined, before = Number.POSITIVE_INFINITY): void {
  const { values, negatives, departures, clock } = parts;
  const value = values.get(key);
  const negative = negatives.get(key);
  if (negative !== undefined && negative.version < before) negatives.delete(key);
  if (value === undefined || !(value.version < before)) return;
  if (soft && value.graceUntil > clock.now()) values.set(key, value.over());
  else values.delete(key);
  departures.note(key, { cause: "invalidated", at: clock.now(), ...(tag === undefined ? {} : { tag }) });
}

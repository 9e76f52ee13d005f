import assert from "node:assert/strict";
import type { Authority, Change, Position } from "../../authority.ts";
import { lastChanges, pollOn } from "./answers.ts";
import type { AuthorityConnection } from "./authority.ts";
import { expectEqual, type Proofs } from "./contract.ts";
import { STRANGE_WORDS } from "./strange-words.ts";

/** As many tags as are ever told at once: all that a cache had to keep in mind while the authority could not be reached. */
const MOST_TAGS = 10_000;

/**
 * What an authority promises that keeps the caches' own invalidations.
 *
 * @param maxChanges how many are remembered
 */
export const logProofs = (maxChanges?: number): Proofs<AuthorityConnection> => ({
  async "a bump is one change of all its tags, byte for byte"({ a, b }) {
    const before = await b.authority.poll(undefined);
    const position = await bump(a.authority, [...STRANGE_WORDS, ...STRANGE_WORDS.slice(0, 3)]);
    const answer = await pollOn(b.authority, before);
    expectEqual("the head", { epoch: answer.epoch, seq: answer.seq, stamp: answer.stamp }, position);
    const told = lastChanges(answer.changes, before);
    expectEqual("the tags that changed", [...told.keys()].toSorted(), STRANGE_WORDS.toSorted());
    expectEqual("when they changed", [...new Set(told.values())], [position.seq]);
  },

  async "bumps at once are changes of their own, and none is lost"({ a, b }) {
    const before = await a.authority.poll(undefined);
    const tags = Array.from({ length: 40 }, (_, i) => `tag-${i}`);
    const positions = await Promise.all(tags.map((tag, i) => bump((i % 2 === 0 ? a : b).authority, [tag, "all"])));
    const seqs = tags.map((tag, i) => [tag, positions[i]!.seq] as const);
    expectEqual("how many changes there were", new Set(positions.map(({ seq }) => seq)).size, tags.length);
    const { changes } = await pollOn(a.authority, before);
    const newest = Math.max(...positions.map(({ seq }) => seq));
    expectEqual("when each tag changed", new Map(lastChanges(changes, before)), new Map([...seqs, ["all", newest]]));
  },

  async "a bump of as many tags as a cache ever keeps in mind is told as a whole"({ a, b }) {
    const before = await b.authority.poll(undefined);
    const tags = Array.from({ length: Math.min(MOST_TAGS, maxChanges ?? MOST_TAGS) }, (_, i) => `tag-${i}`);
    const { seq } = await bump(a.authority, tags);
    const told = lastChanges((await b.authority.poll(before)).changes, before);
    const missing = tags.filter((tag) => told.get(tag) !== seq);
    expectEqual(`the tags of ${tags.length} that are not told`, missing, []);
  },

  async "who begins is told every change from the one on that the answer names"({ a, b }) {
    const bumped: Change[] = [];
    for (let i = 0; i < 5; i++) bumped.push({ tag: `tag-${i}`, ...(await bump(a.authority, [`tag-${i}`])) });
    await expectComplete(b.authority, bumped);
  },

  async "a soft flush raises the generation, and the history goes on"({ a, b }) {
    await bump(a.authority, ["before"]);
    let before = await b.authority.poll(undefined);
    for (let i = 0; i < 2; i++) {
      await a.authority.flush?.(false);
      const after = await pollOn(b.authority, before);
      assert(after.generation > before.generation, `Expected a generation after ${before.generation}, not ${after.generation}.`);
      before = after;
    }
    const { seq } = await bump(a.authority, ["after"]);
    expectEqual("when a tag changed after the flush", lastChanges((await pollOn(b.authority, before)).changes, before).get("after"), seq);
  },

  async "a hard flush begins another history, each time"({ a, b }) {
    const epochs = new Set([(await bump(a.authority, ["before"])).epoch]);
    for (let i = 2; i <= 4; i++) {
      await a.authority.flush?.(true);
      const after = await b.authority.poll(undefined);
      epochs.add(after.epoch);
      expectEqual("how many epochs there were", epochs.size, i);
      await bump(a.authority, ["after"]);
      await pollOn(b.authority, after);
    }
  },

  async "namespaces have histories of their own"(room) {
    const { a, namespace } = room;
    const before = await bump(a.authority, ["tag"]);
    for (const name of [`${namespace}x`, `${namespace}.`, namespace.slice(0, -1), namespace.toUpperCase()]) {
      const { authority } = await room.open(name);
      const { epoch } = await bump(authority, ["tag"]);
      assert(epoch !== before.epoch, `Expected ${name} to have another epoch than ${namespace}.`);
      await authority.flush?.(true);
    }
    const { epoch, seq, stamp } = await pollOn(a.authority, before);
    expectEqual("the head, when other namespaces changed", { epoch, seq, stamp }, before);
  },

  ...(maxChanges !== undefined &&
    ({
      async "what was forgotten is missing, and the answer says from where on it is complete"({ a, b }) {
        const before = await b.authority.poll(undefined);
        const first = await bump(a.authority, ["first"]);
        const bumped: Change[] = [{ tag: "first", ...first }];
        for (let i = 0; i <= maxChanges; i += 100) {
          const tags = Array.from({ length: 100 }, (_, j) => `tag-${i + j}`);
          const { seq, stamp } = await bump(a.authority, tags);
          bumped.push(...tags.map((tag) => ({ tag, seq, stamp })));
        }
        for (const since of [before, first]) {
          const { changes } = await b.authority.poll(since);
          const found = changes.some(({ seq, stamp }) => seq === since.seq && stamp === since.stamp);
          expectEqual(`whether the change at ${since.seq} is told, although it was forgotten`, found, false);
        }
        await expectComplete(b.authority, bumped);
      },
    } satisfies Proofs<AuthorityConnection>)),
});

/** Proves that no change is missing where the first answer says that none is. */
async function expectComplete(authority: Authority, bumped: readonly Change[]): Promise<void> {
  const { seq: head, changes, completeFrom = head + 1 } = await authority.poll(undefined);
  const told = new Map(changes.map(({ tag, seq }) => [tag, seq]));
  for (const { tag, seq } of bumped) {
    if (seq >= completeFrom) expectEqual(`when ${tag} changed, in an answer that is complete from ${completeFrom} on`, told.get(tag), seq);
  }
}

async function bump(authority: Authority, tags: readonly string[]): Promise<Position> {
  assert(authority.bump !== undefined, "Expected the authority to have bump; one that watches a database needs the option `change`.");
  return authority.bump(tags);
}

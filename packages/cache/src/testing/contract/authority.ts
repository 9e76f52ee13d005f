import assert from "node:assert/strict";
import type { Authority, PollAnswer, Position } from "../../authority.ts";
import { lastChanges, pollOn } from "./answers.ts";
import { logProofs } from "./authority-log.ts";
import { type ContractCase, type ContractOptions, contractCases, expectEqual, type Proofs } from "./contract.ts";
import type { Closable } from "./room.ts";

export interface AuthorityConnection extends Closable {
  readonly authority: Authority;
}

/** The authority to be proved, and what can be done to it. */
export interface AuthorityContractOptions extends ContractOptions<AuthorityConnection> {
  /**
   * For an authority that watches a database: commits a change of the thing that `which`, 0 to 3, stands for, and resolves to
   * its tag. Without it the authority must have `bump` and `flush`, and they are asked for too.
   */
  change?(namespace: string, which: number): Promise<string>;
  /** Whether it has `versionOf`. Needs `change`. Default false. */
  readonly versionOf?: boolean;
  /** Loses all that the store knows, as a restart without a disk does. Without it, what must follow is not asked for. */
  loseEverything?(namespace: string): void | Promise<void>;
  /** How many changes are remembered. Without it, what must follow when there are more is not asked for. Needs `bump`. */
  readonly maxChanges?: number;
}

/** What an authority promises. It may forget old changes at any time, but not as few as these cases make. */
export function authorityContract(options: AuthorityContractOptions): readonly ContractCase[] {
  const { loseEverything, versionOf } = options;
  const change = async ({ authority }: AuthorityConnection, namespace: string, which: number): Promise<string> => {
    if (options.change !== undefined) return options.change(namespace, which);
    await authority.bump?.([`tag-${which}`]);
    return `tag-${which}`;
  };

  const proofs: Proofs<AuthorityConnection> = {
    async "all connections are told the same head"({ a, b }) {
      const head = headOf(await a.authority.poll(undefined));
      expectEqual("the head that another connection is told", headOf(await b.authority.poll(undefined)), head);
      for (const text of [head.epoch, head.stamp])
        assert(typeof text === "string" && text !== "", `Expected epoch and stamp to be texts, not ${JSON.stringify(text)}.`);
      for (const count of [head.seq, head.generation])
        assert(Number.isSafeInteger(count) && count >= 0, `Expected seq and generation to be counts, not ${JSON.stringify(count)}.`);
      expectEqual("the head when nothing changed", headOf(await pollOn(a.authority, head)), head);
    },

    async "a change is in every answer that is asked for after it, on every connection"({ a, b, namespace }) {
      let position: Position = await a.authority.poll(undefined);
      for (let i = 0; i < 12; i++) {
        const tag = await change(i % 2 === 0 ? a : b, namespace, i % 4);
        const answer = await pollOn(a.authority, position);
        assert(answer.seq > position.seq, `Expected the change of ${tag} to raise ${position.seq}.`);
        assert(answer.stamp !== position.stamp, "Expected each change to have a stamp of its own.");
        expectEqual(`when ${tag} changed last`, lastChanges(answer.changes, position).get(tag), answer.seq);
        expectEqual("what another connection is told", headOf(await pollOn(b.authority, position)), headOf(answer));
        position = answer;
      }
    },

    async "an answer can be joined to any earlier position, also when the same tags changed again since"({ a, namespace }) {
      const positions: PollAnswer[] = [await a.authority.poll(undefined)];
      const last = new Map<string, number>();
      for (const which of [0, 1, 0, 2, 1, 3, 3, 0]) {
        const tag = await change(a, namespace, which);
        positions.push(await a.authority.poll(positions.at(-1)));
        last.set(tag, positions.at(-1)!.seq);
      }
      for (const since of positions) {
        const told = [...lastChanges((await pollOn(a.authority, since)).changes, since)].filter(([tag]) => last.has(tag));
        const expected = [...last].filter(([, seq]) => seq > since.seq);
        expectEqual(`the last changes since ${since.seq}`, new Map(told), new Map(expected));
      }
    },

    async "each answer is of one snapshot, so that what is learnt in steps is what happened"({ a, b, namespace }) {
      const start = await a.authority.poll(undefined);
      let changing = true;
      const writer = (async () => {
        for (let i = 0; i < 100; i++) await change(b, namespace, i % 4);
      })().finally(() => {
        changing = false;
      });
      const learnt = new Map<string, number>();
      let position: Position = start;
      const step = async () => {
        const answer = await pollOn(a.authority, position);
        for (const [tag, seq] of lastChanges(answer.changes, position)) learnt.set(tag, seq);
        position = answer;
      };
      while (changing) await step();
      await writer;
      await step();
      const { changes } = await b.authority.poll(start);
      expectEqual("what was learnt", learnt, new Map(lastChanges(changes, start)));
    },

    async "a closed connection is refused, and the others go on"(room) {
      const { a, b, namespace } = room;
      await room.leave(a);
      await assert.rejects(a.authority.poll(undefined), "Expected a poll through a closed connection to be rejected.");
      const before = await b.authority.poll(undefined);
      await change(b, namespace, 0);
      await pollOn(b.authority, before);
    },

    ...(loseEverything && loss(change, loseEverything)),
    ...(versionOf && versions(change)),
    ...(options.change === undefined && logProofs(options.maxChanges)),
  };
  return contractCases(options, ({ authority }) => authority.poll(undefined), proofs);
}

type MakeChange = (connection: AuthorityConnection, namespace: string, which: number) => Promise<string>;

const loss = (
  change: MakeChange,
  loseEverything: NonNullable<AuthorityContractOptions["loseEverything"]>,
): Proofs<AuthorityConnection> => ({
  async "when everything is lost, another history begins"(room) {
    const { a, b, namespace } = room;
    await change(a, namespace, 0);
    const before = await a.authority.poll(undefined);
    await loseEverything(namespace);
    for (const { authority } of [a, b]) {
      await room.eventually("another epoch", async () => {
        const answer = await authority.poll(before).catch(() => before);
        return answer.epoch !== before.epoch;
      });
    }
    const after = await b.authority.poll(undefined);
    await change(b, namespace, 0);
    await pollOn(a.authority, after);
  },
});

const versions = (change: MakeChange): Proofs<AuthorityConnection> => ({
  async "versionOf says when a tag changed last, and in which snapshot"({ a, b, namespace }) {
    const start = await a.authority.poll(undefined);
    const [tag, other] = [await change(b, namespace, 0), await change(b, namespace, 1)];
    const told = await a.authority.poll(start);
    for (const each of [tag, other]) {
      const { seq, stamp } = told.changes.findLast((row) => row.tag === each) ?? {};
      const reading = { tag: each, version: seq, stamp, head: { seq: told.seq, stamp: told.stamp } };
      expectEqual(`the version of ${each}`, await a.authority.versionOf?.(each), reading);
    }
  },
});

const headOf = ({ epoch, seq, stamp, generation }: PollAnswer) => ({ epoch, seq, stamp, generation });

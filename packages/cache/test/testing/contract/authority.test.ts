import { describe, test } from "vitest";
import type { Authority, PollAnswer, Position } from "../../../src/authority.ts";
import type { Connection } from "../../../src/backend.ts";
import { authorityContract } from "../../../src/testing/contract/authority.ts";
import { runCases } from "../../../src/testing/contract/contract.ts";
import { settled } from "../../support/deferred.ts";
import { testBreaks } from "./breaks.ts";
import { type Fault, inMemory, MAX_CHANGES } from "./in-memory.ts";

const contract = (options: ReturnType<typeof inMemory>) =>
  authorityContract({
    ...options,
    loseEverything: (namespace) => options.backend.loseEverything(namespace),
    maxChanges: MAX_CHANGES,
  });

describe("the authority in memory keeps every promise", () => runCases(contract(inMemory()), test));

type Log = Connection["authority"];

/** An authority that does some things differently. */
const authority =
  (differently: (log: Log, namespace: string) => Partial<Log>): Fault =>
  (connection, namespace) => ({ authority: { ...connection.authority, ...differently(connection.authority, namespace) } });

/** An authority that answers something else. */
const answering = (change: (answer: PollAnswer, since: Position | undefined) => PollAnswer): Fault =>
  authority(({ poll }) => ({ poll: async (since) => change(await poll(since), since) }));

const sameHead = "all connections are told the same head";
const everyAnswer = "a change is in every answer that is asked for after it, on every connection";
const joined = "an answer can be joined to any earlier position, also when the same tags changed again since";
const oneSnapshot = "each answer is of one snapshot, so that what is learnt in steps is what happened";
const closed = "a closed connection is refused, and the others go on";
const lost = "when everything is lost, another history begins";
const oneBump = "a bump is one change of all its tags, byte for byte";
const bumpsAtOnce = "bumps at once are changes of their own, and none is lost";
const largeBump = "a bump of as many tags as a cache ever keeps in mind is told as a whole";
const complete = "who begins is told every change from the one on that the answer names";
const soft = "a soft flush raises the generation, and the history goes on";
const hard = "a hard flush begins another history, each time";
const apart = "namespaces have histories of their own";
const forgotten = "what was forgotten is missing, and the answer says from where on it is complete";

describe("the suite", () => {
  testBreaks(contract, {
    "has an epoch for each connection": {
      promise: sameHead,
      fault: (() => {
        let connections = 0;
        return (...[connection]: Parameters<Fault>) => {
          const epoch = `${connections++}`;
          const { poll, ...rest } = connection.authority;
          return { authority: { ...rest, poll: async (since) => ({ ...(await poll(since)), epoch }) } };
        };
      })(),
    },
    "has no stamps": { promise: sameHead, fault: answering((answer) => ({ ...answer, stamp: "" })) },
    "counts in text": { promise: sameHead, fault: answering((answer) => ({ ...answer, seq: `${answer.seq}` as never })) },
    "answers from a copy of before": {
      promise: everyAnswer,
      fault: authority(({ poll }) => {
        let copy: Promise<PollAnswer> | undefined;
        return {
          poll(since) {
            const last = copy;
            copy = poll(since);
            return last ?? copy;
          },
        };
      }),
    },
    "tells only its own changes": {
      promise: everyAnswer,
      fault: authority(({ poll, bump }) => {
        const own = new Set<number>();
        return {
          async bump(tags) {
            const position = await bump(tags);
            own.add(position.seq);
            return position;
          },
          async poll(since) {
            const answer = await poll(since);
            return { ...answer, changes: answer.changes.filter(({ seq }) => seq === since?.seq || own.has(seq)) };
          },
        };
      }),
    },
    "uses one stamp for all changes": {
      promise: everyAnswer,
      fault: answering((answer) => ({ ...answer, stamp: "s", changes: answer.changes.map((change) => ({ ...change, stamp: "s" })) })),
    },
    "leaves out the change polled last": {
      promise: joined,
      fault: answering((answer, since) => ({ ...answer, changes: answer.changes.filter(({ seq }) => seq !== since?.seq) })),
    },
    "keeps only the last change of each tag": {
      promise: joined,
      fault: answering((answer) => ({
        ...answer,
        changes: answer.changes.filter(({ tag }, index) => answer.changes.findLastIndex((other) => other.tag === tag) === index),
      })),
    },
    "tells changes from before": {
      promise: joined,
      fault: authority(({ poll }) => ({
        poll: async (since) => ({ ...(await poll(since)), changes: (await poll(undefined)).changes }),
      })),
    },
    "tells changes in another order": {
      promise: joined,
      fault: answering((answer) => ({ ...answer, changes: answer.changes.toReversed() })),
    },
    "reads the head before the changes": {
      promise: oneSnapshot,
      fault: authority(({ poll }) => ({
        async poll(since) {
          const head = await poll(since);
          await settled();
          return { ...head, changes: (await poll(since)).changes };
        },
      })),
    },
    "reads the changes before the head": {
      promise: oneSnapshot,
      fault: authority(({ poll }) => ({
        async poll(since) {
          const { changes } = await poll(since);
          await settled();
          return { ...(await poll(since)), changes };
        },
      })),
    },
    "answers through a closed connection": { promise: closed, fault: () => ({ close: async () => {} }) },
    "closes the other connections too": {
      promise: closed,
      fault: (() => {
        const all: (() => Promise<void>)[] = [];
        return (...[{ close }]: Parameters<Fault>) => {
          all.push(close);
          return { close: async () => void (await Promise.all(all.map((each) => each()))) };
        };
      })(),
    },
    "begins again under the old epoch": { promise: lost, fault: answering((answer) => ({ ...answer, epoch: "always" })) },
    "never answers again after a loss": {
      promise: lost,
      fault: authority(({ poll }) => {
        let epoch: string | undefined;
        return {
          async poll(since) {
            const answer = await poll(since);
            epoch ??= answer.epoch;
            if (answer.epoch !== epoch) throw new Error("lost");
            return answer;
          },
        };
      }),
    },
    "makes a change of each tag": {
      promise: oneBump,
      fault: authority(({ bump }) => ({
        async bump(tags) {
          let position!: Position;
          for (const tag of tags) position = await bump([tag]);
          return position;
        },
      })),
    },
    "folds tags": { promise: oneBump, fault: authority(({ bump }) => ({ bump: (tags) => bump(tags.map((tag) => tag.trim())) })) },
    "does not say which change a bump was": {
      promise: oneBump,
      fault: authority(({ bump, poll }) => ({
        async bump(tags) {
          const before = await poll(undefined);
          await bump(tags);
          return { epoch: before.epoch, seq: before.seq, stamp: before.stamp };
        },
      })),
    },
    "answers a bump with whatever is the head then": {
      promise: bumpsAtOnce,
      fault: authority(({ bump, poll }) => ({
        async bump(tags) {
          await bump(tags);
          await settled();
          const { epoch, seq, stamp } = await poll(undefined);
          return { epoch, seq, stamp };
        },
      })),
    },
    "drops a bump that comes at once with another": {
      promise: bumpsAtOnce,
      fault: (() => {
        let busy: Promise<Position> | undefined;
        return authority(({ bump }) => ({
          bump(tags) {
            busy ??= settled()
              .then(() => bump(tags))
              .finally(() => {
                busy = undefined;
              });
            return busy;
          },
        }));
      })(),
    },
    "takes only so many tags": {
      promise: largeBump,
      fault: authority(({ bump }) => ({ bump: (tags) => bump(tags.slice(0, MAX_CHANGES - 1)) })),
    },
    "claims to be complete": {
      promise: complete,
      fault: answering((answer, since) => (since === undefined ? { ...answer, changes: [], completeFrom: 0 } : answer)),
    },
    "does not flush softly": {
      promise: soft,
      fault: authority(({ flush }) => ({ flush: async (hard) => void (hard && (await flush(true))) })),
    },
    "flushes harder than it should": { promise: soft, fault: authority(({ flush }) => ({ flush: () => flush(true) })) },
    "knows only two generations": { promise: soft, fault: answering((answer) => ({ ...answer, generation: answer.generation % 2 })) },
    "flushes softer than it should": { promise: hard, fault: authority(({ flush }) => ({ flush: () => flush(false) })) },
    "takes turns with two epochs": {
      promise: hard,
      fault: (() => {
        const epochs = new Set<string>();
        return answering((answer) => {
          epochs.add(answer.epoch);
          return { ...answer, epoch: `${[...epochs].indexOf(answer.epoch) % 2}` };
        });
      })(),
    },
    "has one history for all namespaces": { promise: apart, fault: (_, __, backend) => ({ authority: backend.connect("all").authority }) },
    "has one history for what begins alike": {
      promise: apart,
      fault: (_, namespace, backend) => ({ authority: backend.connect(namespace.slice(0, 20)).authority }),
    },
    "makes up the change that it forgot": {
      promise: forgotten,
      fault: answering((answer, since) => ({
        ...answer,
        changes: since === undefined ? answer.changes : [{ seq: since.seq, stamp: since.stamp, tag: "" }, ...answer.changes],
      })),
    },
    "does not say that it forgot": { promise: forgotten, fault: answering((answer) => ({ ...answer, completeFrom: 0 })) },
  });
});

describe("an authority that watches a database", () => {
  const database = () => {
    const options = inMemory();
    const things = (namespace: string) => options.backend.connect(namespace).authority;
    const change = async (namespace: string, which: number) => {
      await things(namespace).bump([`thing:${which}`, "catalog"]);
      return `thing:${which}`;
    };
    const connect = (namespace: string) => {
      const { authority, close } = options.connect(namespace);
      const versionOf: Authority["versionOf"] = async (tag) => {
        const { seq, stamp, changes } = await authority.poll(undefined);
        const last = changes.findLast((row) => row.tag === tag);
        return { tag, version: last?.seq ?? 0, stamp: last?.stamp ?? "", head: { seq, stamp } };
      };
      return { authority: { poll: authority.poll, versionOf }, close };
    };
    return { ...options, connect, change };
  };
  describe("is asked for no bump", () => runCases(authorityContract(database()), test));
  describe("is asked for versions if it has them", () => runCases(authorityContract({ ...database(), versionOf: true }), test));
});

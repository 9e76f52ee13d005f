import assert from "node:assert/strict";
import type { Connection } from "../../backend.ts";
import { encodeFrame, isOlder } from "../../frame.ts";
import { type ContractCase, type ContractOptions, contractCases, expectEqual } from "./contract.ts";
import { STRANGE_WORDS } from "./strange-words.ts";

type TierConnection = Pick<Connection, "tier" | "close">;

/** The tier to be proved, and how far its clocks may differ. */
export interface SharedTierContractOptions extends ContractOptions<TierConnection> {
  /** How far apart two connections may be in what time it is, in milliseconds. Default 250. */
  readonly clockMarginMs?: number;
}

/** Long enough to be held at the end of any case. */
const LONG_MS = 600_000;
const SHORT_MS = 1_000;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As text of one character a byte, so that a difference can be read. */
const shown = (held: Uint8Array | undefined): string | undefined => held && Buffer.from(held).toString("latin1");

function frame(version: number, epoch = "e", payload = ""): Uint8Array {
  const times = { expiresAt: Number.POSITIVE_INFINITY, staleUntil: Number.POSITIVE_INFINITY, graceUntil: Number.POSITIVE_INFINITY };
  const words = { key: "key", stamp: "", tag: "", tags: [], codec: "", negative: false };
  return encodeFrame({ ...words, ...times, epoch, version, payload: bytes(payload) });
}

/** The same bytes with another text in place of this one. */
const altered = (held: Uint8Array, from: string, to: string): Uint8Array =>
  Buffer.from(Buffer.from(held).toString("latin1").replace(from, to), "latin1");

/** Frames that a store must know apart, and bytes that are none. */
const FRAMES: Readonly<Record<string, Uint8Array>> = {
  "version 1": frame(1),
  "version 2": frame(2),
  "another version 2": frame(2, "e", "another"),
  "version 255": frame(255),
  "version 256": frame(256),
  "version 2^32": frame(2 ** 32),
  "version 2^53 - 2": frame(Number.MAX_SAFE_INTEGER - 1),
  "version 2^53 - 1": frame(Number.MAX_SAFE_INTEGER),
  "version 1 of another epoch": frame(1, "f"),
  "version 3 of a longer epoch": frame(3, "e0"),
  "version 3 of no epoch": frame(3, ""),
  "version 1 of a strange epoch": frame(1, 'é%\0\n"'),
  "version 2 of a strange epoch": frame(2, 'é%\0\n"'),
  "a version beyond all": altered(frame(1), "00000000000001", "20000000000000"),
  "a version in capitals": altered(frame(171), "000000000000ab", "000000000000AB"),
  "another format": altered(frame(1), "Q1", "Q2"),
  "half a frame": frame(1).subarray(0, 8),
  text: bytes("not a frame"),
  nothing: bytes(""),
};

/** What a shared tier promises. A store that evicts must have room for what the cases write, a megabyte or so. */
export function sharedTierContract(options: SharedTierContractOptions): readonly ContractCase[] {
  const { clockMarginMs = 250 } = options;
  const probe = ({ tier }: TierConnection) => tier.get(["probe"]);
  return contractCases<TierConnection>(options, probe, {
    async "what one connection writes, another reads, byte for byte"({ a, b }) {
      const frames = {
        "all bytes": Uint8Array.from({ length: 256 }, (_, i) => i),
        "no byte": new Uint8Array(),
        "a zero": new Uint8Array(1),
        "300 kB": Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256),
        "a part of a buffer": new Uint8Array([9, 9, 1, 2, 9]).subarray(2, 4),
      };
      for (const [what, held] of Object.entries(frames)) {
        expectEqual(`the answer to writing ${what}`, await a.tier.set(what, held, LONG_MS), true);
        const [read] = await b.tier.get([what]);
        assert(read instanceof Uint8Array, `Expected ${what} to be held as bytes, not ${typeof read}.`);
        expectEqual(what, shown(read), shown(held));
      }
    },

    async "every key is another one, whatever is in it"({ a, b }) {
      await Promise.all(STRANGE_WORDS.map((key, index) => a.tier.set(key, bytes(`${index}`), LONG_MS)));
      const held = await b.tier.get(STRANGE_WORDS);
      for (const [index, key] of STRANGE_WORDS.entries())
        expectEqual(`the value of ${JSON.stringify(key)}`, shown(held[index]), `${index}`);
    },

    async "the answers of a batch are in the order of its keys"({ a, b }) {
      const keys = Array.from({ length: 500 }, (_, i) => `key-${(i * 7) % 500}`);
      const held = new Set(keys.filter((_, i) => i % 3 > 0));
      await Promise.all([...held].map((key) => a.tier.set(key, bytes(key), LONG_MS)));
      const expected = keys.map((key) => (held.has(key) ? key : undefined));
      expectEqual("the batch", (await b.tier.get(keys)).map(shown), expected);
      const repeated = [keys[1]!, "absent", keys[2]!, keys[1]!];
      expectEqual("a batch with a key twice", (await b.tier.get(repeated)).map(shown), [keys[1], undefined, keys[2], keys[1]]);
      expectEqual("a batch of no keys", await b.tier.get([]), []);
    },

    async "an older frame never takes the place of a newer one, and any other does"({ a, b }) {
      const pairs = Object.entries(FRAMES).flatMap(([held, first]) =>
        Object.entries(FRAMES).map(([offered, second]) => ({ key: `${offered} after ${held}`, first, second })),
      );
      await Promise.all(pairs.map(({ key, first }) => a.tier.set(key, first, LONG_MS)));
      const answers = await Promise.all(pairs.map(({ key, second }) => b.tier.set(key, second, LONG_MS)));
      const held = await a.tier.get(pairs.map(({ key }) => key));
      for (const [index, { key, first, second }] of pairs.entries()) {
        const accepted = !isOlder(second, first);
        expectEqual(`the answer to writing ${key}`, answers[index], accepted);
        expectEqual(`what is held after writing ${key}`, shown(held[index]), shown(accepted ? second : first));
      }
    },

    async "of all that are written at once, the newest stays"({ a, b }) {
      const versions = Array.from({ length: 60 }, (_, i) => ((i * 37) % 60) + 1);
      await Promise.all(versions.map((version, i) => (i % 2 === 0 ? a : b).tier.set("key", frame(version), LONG_MS)));
      const [held] = await a.tier.get(["key"]);
      expectEqual("what is held", shown(held), shown(frame(60)));
    },

    async "a frame is held for no longer than it was written for"(room) {
      const { tier } = room.a;
      await tier.set("short", frame(1), SHORT_MS);
      await tier.set("shorter", frame(1), 0.5);
      await tier.set("prolonged", frame(1), SHORT_MS);
      await tier.set("prolonged", frame(1), LONG_MS);
      await tier.set("shortened", frame(1), LONG_MS);
      await tier.set("shortened", frame(2), SHORT_MS);
      await tier.set("refused", frame(2), SHORT_MS);
      await tier.set("refused", frame(1), LONG_MS);
      await tier.set("huge", frame(1), Number.MAX_VALUE);
      await tier.set("endless", frame(1), Number.POSITIVE_INFINITY);
      const gone = ["short", "shorter", "shortened", "refused"];
      const areGone = async () => (await room.b.tier.get(gone)).every((held) => held === undefined);
      await room.eventually(`${gone.join(", ")} to be gone`, areGone);
      const left = ["prolonged", "huge", "endless"];
      expectEqual(`whether ${left.join(", ")} are held`, (await tier.get(left)).map(Boolean), [true, true, true]);
    },

    async "a delete takes its keys, and leaves the others and no memory of what was there"({ a, b }) {
      const keys = ["one", "two", "three"];
      await Promise.all(keys.map((key) => a.tier.set(key, frame(2), LONG_MS)));
      await b.tier.delete(["one", "absent", "three"]);
      await b.tier.delete([]);
      expectEqual("what is held", (await a.tier.get(keys)).map(Boolean), [false, true, false]);
      expectEqual("the answer to writing an older frame now", await a.tier.set("one", frame(1), LONG_MS), true);
    },

    async "of all who ask for a lock at once, one gets it, for that key alone"({ a, b }) {
      const tokens = Array.from({ length: 20 }, (_, i) => `token-${i}`);
      const got = await Promise.all(tokens.map((token, i) => (i % 2 === 0 ? a : b).tier.lock("key", token, LONG_MS)));
      expectEqual("how many got the lock", got.filter(Boolean).length, 1);
      expectEqual("whether another key can be locked", await a.tier.lock("other", "token", LONG_MS), true);
    },

    async "a lock is given back by its holder alone"({ a, b }) {
      expectEqual("whether a got the lock", await a.tier.lock("key", "a's", LONG_MS), true);
      await b.tier.unlock("key", "b's");
      await b.tier.unlock("other", "a's");
      expectEqual("whether b got it too", await b.tier.lock("key", "b's", LONG_MS), false);
      await a.tier.unlock("key", "a's");
      expectEqual("whether b got it then", await b.tier.lock("key", "b's", LONG_MS), true);
      await a.tier.unlock("key", "a's");
      expectEqual("whether a took it from b", await a.tier.lock("key", "a's", LONG_MS), false);
    },

    async "a lock expires, and whoever held it does not give back the next one's"(room) {
      const { a, b } = room;
      await a.tier.lock("key", "a's", SHORT_MS);
      await room.eventually("b to get the lock", () => b.tier.lock("key", "b's", LONG_MS));
      await a.tier.unlock("key", "a's");
      expectEqual("whether a got it again", await a.tier.lock("key", "a's", LONG_MS), false);
    },

    async "locks and frames of the same key have nothing to do with each other"({ a, b }) {
      await a.tier.lock("key", "a's", LONG_MS);
      expectEqual("what is held for a locked key", await b.tier.get(["key"]), [undefined]);
      expectEqual("the answer to writing to a locked key", await b.tier.set("key", frame(1), LONG_MS), true);
      await b.tier.delete(["key"]);
      expectEqual("whether the lock is free", await b.tier.lock("key", "b's", LONG_MS), false);
    },

    async "clear drops every key of its namespace, and none of another"(room) {
      const { a, b, namespace } = room;
      const near = [`${namespace}x`, `${namespace}.`, namespace.slice(0, -1), namespace.toUpperCase()];
      const others = await Promise.all(near.map((name) => room.open(name)));
      const keys = [...STRANGE_WORDS, ...Array.from({ length: 1_500 }, (_, i) => `key-${i}`)];
      for (const { tier } of others) await Promise.all(STRANGE_WORDS.map((key) => tier.set(key, frame(1), LONG_MS)));
      await Promise.all(keys.map((key, i) => (i % 2 === 0 ? a : b).tier.set(key, frame(1), LONG_MS)));
      expectEqual("how many were dropped", await a.tier.clear(), keys.length);
      expectEqual("how many are left", (await b.tier.get(keys)).filter(Boolean).length, 0);
      for (const [index, { tier }] of others.entries()) {
        const left = (await tier.get(STRANGE_WORDS)).filter(Boolean).length;
        expectEqual(`how many are left in ${near[index]}, when ${namespace} was cleared`, left, STRANGE_WORDS.length);
      }
      expectEqual("how many are dropped where nothing is", await b.tier.clear(), 0);
    },

    async "clear drops only keys that begin as it is told, word for word"({ a, b }) {
      const keys = ["trip:1:a", "trip:1:b", "trip:10", "trip:2", "t*:1", "t?:1", "[t]", "t\\*"];
      await Promise.all(keys.map((key) => a.tier.set(key, frame(1), LONG_MS)));
      expectEqual("how many begin with trip:1:", await b.tier.clear("trip:1:"), 2);
      for (const prefix of ["t*", "t?", "[t", "t\\"]) expectEqual(`how many begin with ${prefix}`, await b.tier.clear(prefix), 1);
      expectEqual("what is left", (await b.tier.get(keys)).map(Boolean), [false, false, true, true, false, false, false, false]);
    },

    async "all connections agree on the time, and it passes"(room) {
      const { a, b } = room;
      await room.eventually("both to know the time", () => a.tier.now() !== undefined && b.tier.now() !== undefined);
      const [ofA = 0, ofB = 0] = [a.tier.now(), b.tier.now()];
      assert(Math.abs(ofA - ofB) <= clockMarginMs, `Expected both to be at most ${clockMarginMs} ms apart, not ${Math.abs(ofA - ofB)}.`);
      await room.elapse(2 * clockMarginMs);
      const passedMs = (a.tier.now() ?? 0) - ofA;
      assert(passedMs >= clockMarginMs, `Expected the time to pass by more than ${clockMarginMs} ms in twice as long, not ${passedMs}.`);
    },

    async "close waits for the answers under way"(room) {
      const keys = Array.from({ length: 100 }, (_, i) => `key-${i}`);
      const writes = Promise.all(keys.map((key) => room.a.tier.set(key, frame(1), LONG_MS)));
      const [answers] = await Promise.all([writes, room.leave(room.a)]);
      expectEqual("how many writes were answered", answers.filter(Boolean).length, keys.length);
      expectEqual("how many frames are held", (await room.b.tier.get(keys)).filter(Boolean).length, keys.length);
    },

    async "a closed connection is refused at once, and the others go on"(room) {
      const { a, b } = room;
      await a.tier.set("key", frame(1), LONG_MS);
      await room.leave(a);
      await assert.rejects(a.tier.get(["key"]), "Expected a read through a closed connection to be rejected.");
      await assert.rejects(a.tier.set("key", frame(2), LONG_MS), "Expected a write through a closed connection to be rejected.");
      expectEqual("what another connection reads", (await b.tier.get(["key"])).map(shown), [shown(frame(1))]);
    },
  });
}

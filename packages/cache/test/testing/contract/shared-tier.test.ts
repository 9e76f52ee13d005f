import { describe, test } from "vitest";
import { isOlder } from "../../../src/frame.ts";
import type { SharedTier } from "../../../src/shared-tier.ts";
import { runCases } from "../../../src/testing/contract/contract.ts";
import { sharedTierContract } from "../../../src/testing/contract/shared-tier.ts";
import { settled } from "../../support/deferred.ts";
import { testBreaks } from "./breaks.ts";
import { type Fault, inMemory } from "./in-memory.ts";

describe("the tier in memory keeps every promise", () => runCases(sharedTierContract(inMemory()), test));

/** A tier that does some things differently. */
const tier =
  (differently: (tier: SharedTier) => Partial<SharedTier>): Fault =>
  (connection) => ({ tier: { ...connection.tier, ...differently(connection.tier) } });

/** A tier that spells keys in its own way. */
const spelling = (spell: (key: string) => string): Fault =>
  tier(({ get, set }) => ({ get: (keys) => get(keys.map(spell)), set: (key, frame, ttlMs) => set(spell(key), frame, ttlMs) }));

const atOnce = "of all that are written at once, the newest stays";
const byteForByte = "what one connection writes, another reads, byte for byte";
const keysDiffer = "every key is another one, whatever is in it";
const order = "the answers of a batch are in the order of its keys";
const older = "an older frame never takes the place of a newer one, and any other does";
const lifetime = "a frame is held for no longer than it was written for";
const deletes = "a delete takes its keys, and leaves the others and no memory of what was there";
const oneLock = "of all who ask for a lock at once, one gets it, for that key alone";
const holder = "a lock is given back by its holder alone";
const lockExpires = "a lock expires, and whoever held it does not give back the next one's";
const apart = "locks and frames of the same key have nothing to do with each other";
const clears = "clear drops every key of its namespace, and none of another";
const time = "all connections agree on the time, and it passes";
const drains = "close waits for the answers under way";
const closed = "a closed connection is refused at once, and the others go on";

describe("the suite", () => {
  testBreaks(sharedTierContract, {
    "keeps text instead of bytes": {
      promise: byteForByte,
      fault: tier(({ set }) => ({ set: (key, frame, ttlMs) => set(key, Buffer.from(Buffer.from(frame).toString()), ttlMs) })),
    },
    "answers text instead of bytes": {
      promise: byteForByte,
      fault: tier(({ get }) => ({
        get: async (keys) => (await get(keys)).map((held) => held && Buffer.from(held).toString("latin1")) as never,
      })),
    },
    "takes empty for absent": {
      promise: byteForByte,
      fault: tier(({ get }) => ({ get: async (keys) => (await get(keys)).map((held) => (held?.length === 0 ? undefined : held)) })),
    },
    "keeps the whole buffer of a part": {
      promise: byteForByte,
      fault: tier(({ set }) => ({ set: (key, frame, ttlMs) => set(key, new Uint8Array(frame.buffer), ttlMs) })),
    },
    "never answers": { promise: byteForByte, fault: tier(() => ({ set: () => new Promise(() => {}) })) },
    "folds the case of keys": { promise: keysDiffer, fault: spelling((key) => key.toLowerCase()) },
    "trims keys": { promise: keysDiffer, fault: spelling((key) => key.trim()) },
    "normalises keys": { promise: keysDiffer, fault: spelling((key) => key.normalize()) },
    "ends keys at a zero": { promise: keysDiffer, fault: spelling((key) => key.split("\0")[0] ?? "") },
    "leaves out what it has not": {
      promise: order,
      fault: tier(({ get }) => ({ get: async (keys) => (await get(keys)).filter((held) => held !== undefined) })),
    },
    "answers each key once": { promise: order, fault: tier(({ get }) => ({ get: (keys) => get([...new Set(keys)]) })) },
    "answers in an order of its own": { promise: order, fault: tier(({ get }) => ({ get: (keys) => get(keys.toSorted()) })) },
    "keeps whatever comes last": {
      promise: older,
      fault: tier((inner) => ({
        async set(key, frame, ttlMs) {
          await inner.delete([key]);
          return inner.set(key, frame, ttlMs);
        },
      })),
    },
    "says that it took what it refused": {
      promise: older,
      fault: tier(({ set }) => ({ set: (key, frame, ttlMs) => set(key, frame, ttlMs).then(() => true) })),
    },
    "refuses the same version too": {
      promise: older,
      fault: tier(({ get, set }) => ({
        async set(key, frame, ttlMs) {
          const [held] = await get([key]);
          if (held !== undefined && Buffer.from(held).subarray(0, 18).equals(frame.subarray(0, 18))) return false;
          return set(key, frame, ttlMs);
        },
      })),
    },
    "compares versions of different epochs": {
      promise: older,
      fault: tier(({ get, set }) => ({
        async set(key, frame, ttlMs) {
          const digits = (bytes: Uint8Array) =>
            Buffer.from(bytes)
              .subarray(3 + (bytes[2] ?? 0))
              .toString("latin1", 0, 14);
          const [held] = await get([key]);
          if (held !== undefined && digits(frame) < digits(held)) return false;
          return set(key, frame, ttlMs);
        },
      })),
    },
    "looks before it writes, and not while": {
      promise: atOnce,
      fault: tier((inner) => ({
        async set(key, frame, ttlMs) {
          const [held] = await inner.get([key]);
          if (held !== undefined && isOlder(frame, held)) return false;
          await settled();
          await inner.delete([key]);
          return inner.set(key, frame, ttlMs);
        },
      })),
    },
    "keeps frames for ever": {
      promise: lifetime,
      fault: tier(({ set }) => ({ set: (key, frame) => set(key, frame, Number.POSITIVE_INFINITY) })),
    },
    "prolongs what it holds when it refuses an older one": {
      promise: lifetime,
      fault: tier((inner) => ({
        async set(key, frame, ttlMs) {
          const [held] = await inner.get([key]);
          const kept = await inner.set(key, frame, ttlMs);
          if (!kept && held !== undefined) await inner.set(key, held, ttlMs);
          return kept;
        },
      })),
    },
    "keeps the lifetime that a key had first": {
      promise: lifetime,
      fault: (() => {
        const first = new Map<string, number>();
        return tier(({ set }) => ({
          set(key, frame, ttlMs) {
            first.set(key, first.get(key) ?? ttlMs);
            return set(key, frame, first.get(key) ?? 0);
          },
        }));
      })(),
    },
    "counts in 32 bits": { promise: lifetime, fault: tier(({ set }) => ({ set: (key, frame, ttlMs) => set(key, frame, ttlMs | 0) })) },
    "deletes only the first": { promise: deletes, fault: tier((inner) => ({ delete: (keys) => inner.delete(keys.slice(0, 1)) })) },
    "deletes more than it should": { promise: deletes, fault: tier((inner) => ({ delete: async () => void (await inner.clear()) })) },
    "leaves tombstones": {
      promise: deletes,
      fault: (() => {
        const deleted = new Set<string>();
        return tier((inner) => ({
          async delete(keys) {
            for (const key of keys) deleted.add(key);
            await inner.delete(keys);
          },
          set: async (key, frame, ttlMs) => !deleted.has(key) && inner.set(key, frame, ttlMs),
        }));
      })(),
    },
    "gives a lock to everybody": { promise: oneLock, fault: tier(() => ({ lock: async () => true })) },
    "has one lock for all keys": {
      promise: oneLock,
      fault: tier(({ lock }) => ({ lock: (_key, token, ttlMs) => lock("", token, ttlMs) })),
    },
    "takes a lock back from anybody": {
      promise: holder,
      fault: (() => {
        const holders = new Map<string, string>();
        return tier(({ lock, unlock }) => ({
          async lock(key, token, ttlMs) {
            const got = await lock(key, token, ttlMs);
            if (got) holders.set(key, token);
            return got;
          },
          unlock: (key) => unlock(key, holders.get(key) ?? ""),
        }));
      })(),
    },
    "never takes a lock back": { promise: holder, fault: tier(() => ({ unlock: async () => {} })) },
    "keeps locks for ever": {
      promise: lockExpires,
      fault: tier(({ lock }) => ({ lock: (key, token) => lock(key, token, Number.POSITIVE_INFINITY) })),
    },
    "keeps locks where frames are": {
      promise: apart,
      fault: tier((inner) => ({
        async lock(key, token, ttlMs) {
          const [held] = await inner.get([key]);
          return held === undefined && inner.set(key, Buffer.from(token), ttlMs);
        },
      })),
    },
    "forgets the lock of a deleted key": {
      promise: apart,
      fault: tier((inner) => ({
        async delete(keys) {
          for (const key of keys) await inner.unlock(key, "a's");
          await inner.delete(keys);
        },
      })),
    },
    "clears what begins like its namespace": {
      promise: clears,
      fault: ({ tier: inner }, namespace, backend) => ({
        tier: {
          ...inner,
          clear: async () => (await backend.connect(`${namespace}x`).tier.clear()) && inner.clear(),
        },
      }),
    },
    "clears the first thousand": {
      promise: clears,
      fault: (() => {
        const keys = new Set<string>();
        return tier((inner) => ({
          set(key, frame, ttlMs) {
            keys.add(key);
            return inner.set(key, frame, ttlMs);
          },
          async clear() {
            await inner.delete([...keys].slice(0, 1_000));
            return keys.size;
          },
        }));
      })(),
    },
    "drops all, whatever it is told": {
      promise: "clear drops only keys that begin as it is told, word for word",
      fault: tier(({ clear }) => ({ clear: () => clear() })),
    },
    "does not say how many it dropped": { promise: clears, fault: tier(({ clear }) => ({ clear: () => clear().then(() => 0) })) },
    "tells each connection another time": {
      promise: time,
      fault: (() => {
        let connections = 0;
        return tier(({ now }) => {
          const skewMs = 60_000 * connections++;
          return { now: () => (now() ?? 0) + skewMs };
        });
      })(),
    },
    "stops the clock": { promise: time, fault: tier(() => ({ now: () => 0 })) },
    "never knows the time": { promise: time, fault: tier(() => ({ now: () => undefined })) },
    "drops what is under way when it is closed": {
      promise: drains,
      fault: ({ tier: inner, close }) => {
        let open = true;
        const set: SharedTier["set"] = async (...args) => {
          await settled();
          if (!open) throw new Error("closed");
          return inner.set(...args);
        };
        return {
          tier: { ...inner, set },
          async close() {
            open = false;
            await close();
          },
        };
      },
    },
    "answers through a closed connection": { promise: closed, fault: () => ({ close: async () => {} }) },
    "closes the other connections too": {
      promise: closed,
      fault: (() => {
        const all: (() => Promise<void>)[] = [];
        return ({ close }) => {
          all.push(close);
          return { close: async () => void (await Promise.all(all.map((each) => each()))) };
        };
      })(),
    },
  });
});

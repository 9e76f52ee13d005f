import type { Source } from "./fill.ts";
import type { Frame } from "./frame.ts";
import { Gathering } from "./gathering.ts";
import { checkKey } from "./key.ts";
import { absent, type LoadContext, type Loaded } from "./loader.ts";
import { type Parts, policyOf } from "./options.ts";
import type { ReadOptions } from "./policy.ts";
import { isDue, lookUp, readWith, refresh } from "./read.ts";

/** What the loader of a batch is told besides the keys. */
export type BatchContext = Pick<LoadContext, "signal">;

/**
 * Gets the values of exactly these keys, in one go. A key that is missing in the answer has no value, and is kept as a negative
 * entry; under a freshness only if the answer says `versioned(undefined, reading)` of it, as nothing else tells until when there
 * is none.
 */
export type BatchLoader<T> = (
  keys: readonly string[],
  context: BatchContext,
) => ReadonlyMap<string, Loaded<T>> | Promise<ReadonlyMap<string, Loaded<T>>>;

/** The values of many keys, in their order: one look at the second tier for all that are not held, one loader call for what it lacks, or is due. */
export async function readMany<T>(
  parts: Parts,
  keys: readonly string[],
  loader: BatchLoader<T>,
  options: ReadOptions<T> | undefined,
): Promise<(T | undefined)[]> {
  const { knowledge, background, namespace } = parts;
  background.throwIfClosed(`The cache "${namespace}"`);
  options?.signal?.throwIfAborted();
  for (const key of keys) checkKey(key);
  // A lock a key could make one batch wait for as many other processes.
  const policy = { ...policyOf(parts, options as ReadOptions<T | undefined>), fillLock: false };
  if (knowledge.contact !== undefined) await knowledge.contact;
  const batch = new Batch<T>(parts, loader);
  const entries = keys.map((key) => {
    const held = lookUp<T | undefined>(parts, key);
    if (held === undefined) return readWith(parts, key, batch.sourceOf(key), policy, options?.signal);
    if (isDue(held, parts.clock)) refresh(parts, key, held, batch.sourceOf(key).loader, policy);
    return Promise.resolve(held);
  });
  return (await Promise.all(entries)).map((entry) => entry.value);
}

/** What the flights of one call share: a flight for each key, as a single read of it would have, but one question for all. */
class Batch<T> {
  readonly #parts: Parts;
  readonly #loader: BatchLoader<T>;
  readonly #frames: Gathering<Frame | undefined>;
  readonly #values: Gathering<Loaded<T | undefined> | typeof absent, BatchContext>;
  /** The keys of which it is not known yet whether the loader is needed. */
  readonly #undecided = new Set<string>();

  constructor(parts: Parts, loader: BatchLoader<T>) {
    this.#parts = parts;
    this.#loader = loader;
    this.#frames = new Gathering((keys) => parts.shared!.findMany(keys));
    this.#values = new Gathering(async (keys, context) => {
      const found = await this.#loader(keys, context);
      return keys.map((key) => {
        const value = found.get(key);
        return value === undefined ? absent : value;
      });
    });
  }

  sourceOf(key: string): Source<T | undefined> {
    return {
      findFrame:
        this.#parts.shared === undefined
          ? undefined
          : () => {
              this.#undecided.add(key);
              const frame = this.#frames.ask(key, undefined);
              this.#frames.send();
              return frame;
            },
      loader: (context) => {
        const value = this.#values.ask(key, context);
        this.#decided(key);
        return value;
      },
      spare: () => this.#decided(key),
    };
  }

  #decided(key: string): void {
    this.#undecided.delete(key);
    if (this.#undecided.size === 0) this.#values.send();
  }
}

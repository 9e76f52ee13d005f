import { CacheOptionError } from "./errors.ts";

/** Longer keys are refused: a key is held in memory for as long as its entry, and whoever makes it from a request must bound it. */
const LONGEST_KEY = 1_024;

/** No `:`, so that no namespace is the beginning of another's keys in a shared tier. */
const NAMESPACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Returns the namespace, or throws: 1 to 64 letters, digits and `. _ -`, beginning with a letter or digit. */
export function parseNamespace(namespace: string): string {
  if (typeof namespace === "string" && NAMESPACE.test(namespace)) return namespace;
  throw new CacheOptionError(`namespace must be 1 to 64 letters, digits or ". _ -", not ${JSON.stringify(namespace)}.`);
}

/**
 * Throws unless `key` may be a key: 1 to 1,024 UTF-16 units, without half a surrogate pair, as two keys that differ only in that
 * would be one in UTF-8. Hits need no check, as nothing else ever gets in.
 */
export function checkKey(key: string): void {
  checkName("A key", key);
}

/** The same for a tag. */
export function checkTags(tags: readonly string[]): void {
  for (const tag of tags) checkName("A tag", tag);
}

function checkName(what: string, name: string): void {
  if (typeof name !== "string" || name.length === 0) throw new CacheOptionError(`${what} must be a string that is not empty.`);
  if (name.length > LONGEST_KEY)
    throw new CacheOptionError(`${what} may have ${LONGEST_KEY} characters; "${name.slice(0, 40)}..." has ${name.length}.`);
  if (!name.isWellFormed())
    throw new CacheOptionError(`${what} must not have half a surrogate pair: ${JSON.stringify(name.slice(0, 40))}.`);
}

/**
 * The key of one call of a memoised function: `prefix:arg,arg`. Different arguments never share a key: strings are quoted,
 * so that 1 and "1" differ. Arguments must be strings, numbers, bigints, booleans, null or undefined; for anything else
 * give `memoize` a key function, which knows what makes two objects the same.
 */
export function argumentsKey(prefix: string, args: readonly unknown[]): string {
  return `${prefix}:${args.map(spell).join(",")}`;
}

function spell(arg: unknown): string {
  if (typeof arg === "string") return JSON.stringify(arg);
  if (typeof arg === "bigint") return `${arg}n`;
  if (Object.is(arg, -0)) return "-0";
  if (typeof arg === "number" || typeof arg === "boolean" || arg === undefined || arg === null) return String(arg);
  throw new CacheOptionError(`memoize cannot make a key from an argument of type ${typeof arg}: give it a key function.`);
}

/** What changed, in the words of a log that several caches share: a key, or everything with a tag. */
export const wordOfKey = (key: string): string => `=${key}`;
export const wordOfTag = (tag: string): string => `#${tag}`;

/** The word for the same, when it is only over, and copies may be kept in case that no newer value can be had. */
export const softly = (word: string): string => `~${word}`;

/** Takes a word apart again; `undefined` if it is none of this version's. */
export function parseWord(word: string): { readonly key?: string; readonly tag?: string; readonly soft: boolean } | undefined {
  const soft = word.startsWith("~");
  const kind = word[soft ? 1 : 0];
  const name = word.slice(soft ? 2 : 1);
  if (kind === "=") return { key: name, soft };
  if (kind === "#") return { tag: name, soft };
  return undefined;
}

/**
 * A place in a tree as tags: `treeTags("trip:1", "group:2", "page:3")` are `trip:1`, `trip:1/group:2` and
 * `trip:1/group:2/page:3`, so that invalidating any of them reaches everything below.
 */
export function treeTags(...path: readonly string[]): readonly string[] {
  return path.map((_, index) => path.slice(0, index + 1).join("/"));
}

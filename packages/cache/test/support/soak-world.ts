import type { Stats } from "../../src/index.ts";

export const KEYS = 1_000;
export const TAGS = 20;

export interface Thing {
  readonly key: string;
  readonly version: number;
  readonly text: string;
}

/** What the origin has for a version of a key: now and then nothing. */
export function thingOf(key: string, version: number): Thing | undefined {
  return version % 7 === 6 ? undefined : { key, version, text: "x".repeat(200 + (version % 13) * 50) };
}

/** Every key has one tag. */
export function tagOf(key: string): string {
  return `tag:${Number(key.split(":")[1]) % TAGS}`;
}

/** What a node is told: to stop changing things, to say how it is, what it reads for every key, and to close its cache,
 * upon which its process must end by itself. */
export interface Command {
  readonly command: "rest" | "sample" | "read all" | "close";
}

export interface Sample {
  readonly kind: "sample";
  readonly heapBytes: number;
  readonly handles: Readonly<Record<string, number>>;
  readonly stats: Stats;
  /** Values that were asked for, and loader calls by their keys, as the node counted them. */
  readonly reads: number;
  readonly loads: number;
}

/** What a node says. `load` and `edit` are questions to the origin: the versions of these keys, raised by one before by an edit. */
export type Report =
  | { readonly kind: "load" | "edit"; readonly id: number; readonly keys: readonly string[] }
  | { readonly kind: "wrong"; readonly what: string }
  | { readonly kind: "rested" }
  | Sample
  | { readonly kind: "all"; readonly values: readonly (Thing | undefined)[] };

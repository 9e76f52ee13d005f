/** A cache in the configuration that is fastest by its own documentation and still does what the row asks for. */
export interface Contestant {
  readonly name: string;
  readonly version: string;
  /** What it needs to be told so that it does its best, and hits at all. */
  readonly needs: string;
  /** Memory of this process alone, room for 20,000 entries that live an hour. */
  openMemory(): Promise<Reader>;
  /** Redis alone: nothing is answered from memory. Entries live an hour. */
  openRedis(url: string): Promise<Reader>;
}

export interface Reader {
  getOrLoad(key: string, load: () => unknown): Promise<unknown>;
  close(): Promise<unknown>;
}

export const ENTRIES = 20_000;
export const HOUR_MS = 3_600_000;

/** Like what is cached: a few texts and numbers, and for the larger one many small objects. */
export interface Value {
  readonly id: number;
  readonly text: string;
  readonly parts: readonly { readonly id: number; readonly slug: string }[];
}

const value = (id: number, parts: number, text: number): Value => ({
  id,
  text: `${id} ${"x".repeat(text)}`,
  parts: Array.from({ length: parts }, (_, i) => ({ id: i, slug: `a-slug-of-usual-length-${i}` })),
});

/** By their size as JSON. */
export const SIZES = {
  "500 B": (id: number) => value(id, 3, 330),
  "15 KB": (id: number) => value(id, 280, 300),
} as const;

export type Size = keyof typeof SIZES;

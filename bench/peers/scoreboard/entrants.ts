import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CacheAdapter } from "@qrcards/cache/testing";

/** A library on the scoreboard. */
export interface Entrant {
  readonly name: string;
  /** Its column: two letters. */
  readonly short: string;
  /** The module that exports its adapters. */
  readonly module: string;
}

const PEERS = join(import.meta.dirname, "..");

const peer = (name: string, short: string): Entrant => ({ name, short, module: join(PEERS, "adapters", name, "adapter.ts") });

export const OURS: Entrant = {
  name: "@qrcards/cache",
  short: "us",
  module: join(PEERS, "..", "..", "packages", "cache", "test", "support", "own-adapter.ts"),
};

/** In the order of their columns. */
export const ENTRANTS: readonly Entrant[] = [
  peer("bentocache", "Be"),
  peer("cacheable", "Ca"),
  peer("cache-manager", "CM"),
  peer("async-cache-dedupe", "AD"),
  peer("layered-loader", "LL"),
  OURS,
];

/** The configurations of a library in which it takes part. */
export async function adaptersOf({ module }: Entrant): Promise<readonly CacheAdapter[]> {
  if (!existsSync(module)) throw new Error(`There is no adapter at ${module}.`);
  const { adapters } = (await import(module)) as { readonly adapters: readonly CacheAdapter[] };
  return adapters;
}

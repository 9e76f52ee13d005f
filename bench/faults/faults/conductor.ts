import { setTimeout as pass } from "node:timers/promises";
import type { Random } from "../../../packages/cache/src/testing/random.ts";
import type { Site } from "../setups/site.ts";
import type { FaultKind } from "./fault-kind.ts";

export interface ConductorOptions {
  readonly site: Site;
  readonly kinds: readonly FaultKind[];
  readonly random: Random;
  /** From the end of a fault to the next one: at least, and at most. */
  readonly calmMs: readonly [number, number];
  readonly stop: AbortSignal;
}

/** One fault after another, until it is stopped, each kind as often as the others and in no order. The last one is ended too. */
export async function conduct({ site, kinds, random, calmMs, stop }: ConductorOptions): Promise<void> {
  const { recorder } = site;
  let left: FaultKind[] = [];
  for (;;) {
    await pass(within(calmMs, random), undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return;
    if (left.length === 0) left = [...kinds];
    const [next] = left.splice(random.below(left.length), 1);
    const { kind, strikes, away, lastsMs } = next!;
    const begin = recorder.now();
    const { target = "all", end } = await next!.strike(site, random);
    // Those who are told to be away are so from now on only.
    const struck = recorder.now();
    await pass(within(lastsMs, random), undefined, { signal: stop }).catch(() => {});
    await end();
    recorder.fault({ kind, strikes, target, begin: away ? struck : begin, end: recorder.now(), ...(away && { away }) });
  }
}

function within([least, most]: readonly [number, number], random: Random): number {
  return least + random.next() * (most - least);
}

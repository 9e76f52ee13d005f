import type { Random } from "../../../packages/cache/src/testing/random.ts";
import type { Fault } from "../history/records.ts";
import type { Site } from "../setups/site.ts";

/** Something that can be done to an installation. */
export interface FaultKind {
  readonly kind: string;
  readonly strikes: Fault["strikes"];
  /** As `Fault` has it. */
  readonly away?: true;
  /** It takes a quarter of a minute or more: not for a quick run. */
  readonly slow?: true;
  /** At least and at most. */
  readonly lastsMs: readonly [number, number];
  /** Begins it. What it resolves with ends it; that waits until all is as before. */
  strike(site: Site, random: Random): Promise<Struck>;
}

export interface Struck {
  /** A machine's name. Default `all`. */
  readonly target?: string;
  end(): Promise<void>;
}

/** Does it at once and again and again, until it is ended. What fails meanwhile is as good as done. */
export function repeat(everyMs: number, act: () => unknown): Struck {
  const once = async () => act();
  let last = once().catch(() => {});
  const timer = setInterval(() => {
    last = once().catch(() => {});
  }, everyMs);
  return {
    end: async () => {
      clearInterval(timer);
      await last;
    },
  };
}

import { isDeepStrictEqual } from "node:util";
import type { Entry } from "./entry.ts";
import { LoadTimeoutError } from "./errors.ts";
import { callLoader, LoadContext, type Loader, notModified } from "./loader.ts";
import type { Parts } from "./options.ts";
import { fillPolicy, type Policy } from "./policy.ts";
import type { ShadowStats } from "./stats.ts";
import { VALUE, Versioned } from "./versioned.ts";

/** The upper bounds of the histogram, in ms. */
const BOUNDS_MS = [10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, Number.POSITIVE_INFINITY];

/**
 * Shadow reads: a sample of what is served from memory is loaded again in the background and compared. It answers how often,
 * and with what age, something was served that its source no longer says; nothing of it is kept or served.
 */
export class Shadow {
  readonly #rate: number;
  readonly #counts = { same: 0, different: 0, undecided: 0 };
  readonly #ages: number[] = BOUNDS_MS.map(() => 0);

  /** @param rate the part of the hits that is compared, from 0 to 1 */
  constructor(rate: number) {
    this.#rate = rate;
  }

  stats(): ShadowStats {
    return { ...this.#counts, ageOfDifferentMs: BOUNDS_MS.map((upToMs, index) => ({ upToMs, count: this.#ages[index]! })) };
  }

  /** Compares this hit, if it is one of the sample. */
  sample<T>(parts: Parts, key: string, entry: Entry<T>, loader: Loader<T>, policy: Policy<T> | undefined): void {
    if (parts.random() >= this.#rate || parts.background.closed) return;
    parts.background.run(this.#compare(parts, key, entry, loader, policy));
  }

  async #compare<T>(parts: Parts, key: string, entry: Entry<T>, loader: Loader<T>, policy: Policy<T> | undefined): Promise<void> {
    const { clock, values, negatives, events } = parts;
    const ageMs = clock.now() - entry.loadedAt;
    let outcome: "same" | "different" | "undecided";
    try {
      const { hardTimeoutMs } = fillPolicy(policy, parts.policy);
      const late = () => new LoadTimeoutError(key, hardTimeoutMs);
      const loaded = await callLoader(clock, loader, new LoadContext<T>(key, entry.value), hardTimeoutMs, late);
      const value = loaded instanceof Versioned ? loaded[VALUE] : loaded;
      // If it went meanwhile, a change was under way: then the hit may have been right when it was served.
      const stillHeld = (values.get(key) ?? negatives.get(key)) === entry;
      if (value === notModified || isDeepStrictEqual(value, entry.value)) outcome = "same";
      else outcome = stillHeld ? "different" : "undecided";
    } catch {
      outcome = "undecided";
    }
    this.#counts[outcome]++;
    if (outcome === "different") this.#ages[BOUNDS_MS.findIndex((bound) => ageMs <= bound)]!++;
    if (events.wants("shadow")) events.emit("shadow", { key, outcome, ageMs });
  }
}

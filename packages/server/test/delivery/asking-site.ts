import { expect } from "vitest";
import { plantTrip } from "./plant-trip.ts";
import { type Span, SteadyTraffic, type Subject } from "./steady-traffic.ts";
import { eventually, startSite, type TestSite } from "./test-site.ts";

// For tests of what happens to Redis: a server whose every read asks it, and what may be expected of that.

/** How long an answer of Redis is waited for. */
export const DEADLINE_MS = 50;
/** A read may wait twice: for who makes its page already, and if that is of an older version, for its own. */
export const WAITS = 2;
/** For all else that a read does, on a busy machine. Without a deadline it would wait for 1.5 s, until the silence is noticed. */
const MARGIN_MS = 500;
/** How soon Redis is in use again after its return: 5 s, as it is asked every 4 s at least, and as much again on a busy machine. */
export const IN_USE_WITHIN_MS = 10_000;

/** Structures are in Redis alone, so whatever is made asks it; and of a page, `.md` is made for each reader. */
const EVERY_READ_ASKS = { STRUCTURE_CACHE_TIERS: "l2" };

export const startAsking = (redisUrl: string, databaseUrl: string) =>
  startSite({ databaseUrl, env: { REDIS_URL: redisUrl, ...EVERY_READ_ASKS } });

/** Two trips that are edited all the while, one that is only read, and one that is in memory and stays there. */
export async function startTraffic(site: TestSite): Promise<{ traffic: SteadyTraffic; subjects: readonly Subject[] }> {
  const plant = (title: string) => plantTrip(site.services, { title, children: [{ title: "Page", body: "Version 0." }] });
  const [one, two] = [await plant("One"), await plant("Two")];
  await plant("Three");
  await plant("Calm");
  const subjects = [
    { targets: ["/one/page.md", "/one/page.md", "/one/page"], edited: one.id("Page") },
    { targets: ["/two/page.md", "/two/page.md", "/two/page"], edited: two.id("Page") },
    { targets: ["/three/page.md", "/three/page.md"] },
  ];
  return { traffic: new SteadyTraffic({ site, subjects, calm: "/calm/page" }), subjects };
}

/** Nothing wrong was served, and nobody waited for Redis longer than a read may. */
export function expectSound({ wrong, longestMs, longestCalmMs }: Span, waits: number): void {
  expect(wrong).toEqual([]);
  expect(longestMs).toBeLessThan(longestCalmMs + waits * DEADLINE_MS + MARGIN_MS);
}

export const l2Of = (site: TestSite) => site.services.cache.stats().l2!;

/** Reads find something there, and what is loaded is kept there. */
export async function untilInUse(site: TestSite): Promise<void> {
  const { reads, writes } = l2Of(site);
  await eventually(
    IN_USE_WITHIN_MS,
    async () => l2Of(site),
    (now) => now.reads.accepted > reads.accepted && now.writes.kept > writes.kept,
  );
}

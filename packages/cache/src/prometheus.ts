import type { Cache } from "./cache.ts";
import type { CacheEvents } from "./events.ts";
import { Exposition, type Labels } from "./prometheus/exposition.ts";
import { Histogram } from "./prometheus/histogram.ts";
import type { Stats } from "./stats.ts";

export { Exposition, type Labels } from "./prometheus/exposition.ts";
export { Histogram } from "./prometheus/histogram.ts";

/** How the metrics are named, and into which steps durations fall. */
export interface MetricsOptions {
  /** What every name begins with. Default `cache`. */
  readonly prefix?: string;
  /** The upper bounds of the load durations in seconds, ascending. Default: 1 ms to 10 s in steps of about three. */
  readonly loadSeconds?: readonly number[];
}

/** What `text()` is to be sent as. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const LOAD_SECONDS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/** Wires metrics. Give each cache to `watch`. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  return new Metrics(options);
}

/**
 * The statistics of caches in the text format of Prometheus (0.0.4). It needs no client library; with one, append `text()` to
 * its own output. Only the durations of loads are collected by listening; all else is read when it is asked for.
 */
export class Metrics {
  readonly #prefix: string;
  readonly #loadSeconds: readonly number[];
  readonly #watched = new Map<Cache, { readonly name: string; readonly durations: Map<string, Histogram> }>();

  /** Use `createMetrics`. */
  constructor({ prefix = "cache", loadSeconds = LOAD_SECONDS }: MetricsOptions) {
    this.#prefix = prefix;
    this.#loadSeconds = loadSeconds;
  }

  /**
   * From now on `text()` tells of this cache. Returns how to stop.
   *
   * @param name its label `cache`, which must be of no other. Default: its namespace
   */
  watch(cache: Cache, name: string = cache.namespace): () => void {
    const durations = new Map<string, Histogram>();
    this.#watched.set(cache, { name, durations });
    const listener = ({ family, durationMs }: CacheEvents["load"]) => {
      let histogram = durations.get(family);
      if (histogram === undefined) {
        histogram = new Histogram(this.#loadSeconds);
        durations.set(family, histogram);
      }
      histogram.observe(durationMs / 1_000);
    };
    const off = cache.on("load", listener);
    return () => {
      off();
      this.#watched.delete(cache);
    };
  }

  /** All that the watched caches have counted. */
  text(): string {
    const out = new Exposition(this.#prefix);
    for (const [cache, { name, durations }] of this.#watched) {
      const labels = { cache: name };
      const stats = cache.stats();
      describeReads(out, labels, stats);
      describeMemory(out, labels, stats);
      for (const [family, histogram] of durations)
        out.histogram("load_seconds", "How long loader calls took.", { ...labels, family }, histogram);
      if (stats.l2 !== undefined) describeShared(out, labels, stats.l2);
      if (stats.coherence !== undefined) describeCoherence(out, labels, stats.coherence);
      if (stats.shadow !== undefined) describeShadow(out, labels, stats.shadow);
    }
    return out.toString();
  }
}

function describeReads(out: Exposition, labels: Labels, stats: Stats): void {
  for (const [family, { reads, loads, hitsFromL2 }] of Object.entries(stats.families)) {
    const own = { ...labels, family };
    for (const [status, count] of Object.entries(reads))
      out.counter("reads_total", "Reads by how they were answered.", { ...own, status }, count);
    out.counter("l2_hits_total", "Hits that came from the second tier.", own, hitsFromL2);
    for (const [outcome, count] of Object.entries(loads))
      out.counter("loads_total", "Loader calls by how they ended.", { ...own, outcome }, count);
  }
  for (const [cause, count] of Object.entries(stats.misses))
    out.counter("misses_total", "Misses by why nothing was held.", { ...labels, cause }, count);
  out.counter("refused_total", "Reads refused, as nobody could say what is current.", labels, stats.refused);
  out.counter("unverified_total", "Reads served by their TTL alone, as the shared log was away.", labels, stats.unverified);
}

function describeMemory(out: Exposition, labels: Labels, stats: Stats): void {
  out.counter("evictions_total", "Entries that had to go so that others fit.", labels, stats.evictions);
  out.counter("too_large_total", "Values that were larger than the whole tier.", labels, stats.tooLarge);
  out.gauge("entries", "Values held in this process.", labels, stats.entries);
  out.gauge("negative_entries", "Keys of which it is held that there is no value.", labels, stats.negativeEntries);
  out.gauge("bytes", "Estimated memory of all that is held.", labels, stats.bytes);
  out.gauge("flights", "Loads in progress that can be joined.", labels, stats.flights);
}

function describeShared(out: Exposition, labels: Labels, l2: NonNullable<Stats["l2"]>): void {
  for (const [outcome, count] of Object.entries(l2.reads))
    out.counter("l2_reads_total", "Keys asked of the second tier, by what came of it.", { ...labels, outcome }, count);
  for (const [outcome, count] of Object.entries(l2.writes))
    out.counter("l2_writes_total", "Values put into the second tier, by what came of it.", { ...labels, outcome }, count);
  out.counter("l2_read_bytes_total", "Bytes read from the second tier.", labels, l2.bytesRead);
  out.counter("l2_written_bytes_total", "Bytes written to the second tier.", labels, l2.bytesWritten);
  const breakers = { reads: l2.breaker, writes: l2.writeBreaker };
  for (const [of, state] of Object.entries(breakers))
    out.gauge("l2_breaker_open", "1 while the second tier is not asked, or only tried.", { ...labels, of }, state === "closed" ? 0 : 1);
}

function describeCoherence(out: Exposition, labels: Labels, coherence: NonNullable<Stats["coherence"]>): void {
  out.gauge("verified", "1 while what is served is known to be current.", labels, coherence.verified ? 1 : 0);
  out.gauge(
    "staleness_bound_seconds",
    "How long ago the oldest unnoticed invalidation can have been.",
    labels,
    coherence.stalenessBoundMs / 1_000,
  );
  out.gauge("journal_entries", "Invalidations that wait to be told to the other processes.", labels, coherence.journal);
  out.counter("polls_total", "Polls of the shared log that succeeded.", labels, coherence.polls);
  out.counter("poll_failures_total", "Polls of the shared log that failed.", labels, coherence.pollFailures);
  out.counter("signals_total", "Messages of the bus.", labels, coherence.signals);
  out.counter("gaps_total", "Times that messages may have been missed.", labels, coherence.gaps);
}

function describeShadow(
  out: Exposition,
  labels: Labels,
  { same, different, undecided, ageOfDifferentMs }: NonNullable<Stats["shadow"]>,
): void {
  for (const [outcome, count] of Object.entries({ same, different, undecided }))
    out.counter("shadow_reads_total", "Sampled reads that were loaded again, by how they compared.", { ...labels, outcome }, count);
  for (const { upToMs, count } of ageOfDifferentMs) {
    const bound = upToMs === Number.POSITIVE_INFINITY ? "+Inf" : String(upToMs / 1_000);
    out.counter(
      "shadow_different_total",
      "Values that differed, by how long they had been held at most, in seconds.",
      { ...labels, age: bound },
      count,
    );
  }
}

import { createMetrics, Exposition, Histogram } from "@qrcards/cache/prometheus";
import type { Services } from "../services.ts";
import { readVersion } from "../version.ts";
import type { Health } from "./health.ts";
import { NodeMetrics } from "./node-metrics.ts";
import type { Traffic } from "./traffic.ts";

/** What `GET /metrics` says of this process. */
export interface ServerMetrics {
  text(): string;
  close(): void;
}

export interface ServerMetricsDeps {
  readonly services: Services;
  readonly traffic: Traffic;
  readonly health: Health;
  readonly openConnections: () => number;
  /** The finished pages in memory. */
  readonly pages: { readonly size: number; readonly bytes: number };
}

/** An edit is visible everywhere in some milliseconds, or after the lease: 2 s. */
const VISIBLE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5];

/** Counts from now on what is not counted elsewhere. All else is read when it is asked for. */
export function createServerMetrics({ services, traffic, health, openConnections, pages }: ServerMetricsDeps): ServerMetrics {
  const { cache, pathCache, catalog, secondTier } = services;
  const caches = createMetrics({ prefix: "qrcards_cache" });
  caches.watch(cache, "structures");
  if (pathCache !== undefined) caches.watch(pathCache, "paths");
  caches.watch(catalog, "catalog");
  const freshness = watchFreshness(services);
  const edits = watchEdits(services);
  const ofProcess = new NodeMetrics();
  const build = { version: readVersion(), node: process.versions.node };

  return {
    text() {
      const out = new Exposition("qrcards");
      out.gauge("build_info", "Always 1; the labels are what runs.", build, 1);
      traffic.describe(out);
      out.gauge("connections", "Open connections of clients.", {}, openConnections());
      out.gauge("pages", "Finished pages in memory.", {}, pages.size);
      out.gauge("page_bytes", "Estimated memory of the finished pages.", {}, pages.bytes);
      const lacks = health.lacks();
      out.gauge("database_up", "0 while the database does not answer polls.", {}, lacks.includes("database") ? 0 : 1);
      if (secondTier !== undefined) out.gauge("redis_up", "0 while Redis does not answer.", {}, lacks.includes("redis") ? 0 : 1);
      freshness(out);
      edits(out);
      return out.toString() + caches.text() + ofProcess.text();
    },
    close: () => ofProcess.close(),
  };
}

function watchFreshness({ freshness }: Services): (out: Exposition) => void {
  const counts = { polled: 0, pollFailed: 0, break: 0 };
  for (const name of ["polled", "pollFailed", "break"] as const) freshness.on(name, () => counts[name]++);
  return (out) => {
    const leaseMs = Math.max(0, freshness.leaseUntil - freshness.clock.now());
    out.gauge("lease_seconds", "How long what is in memory may still be believed without another poll.", {}, leaseMs / 1_000);
    out.gauge("change_seq", "The newest change of the database that was polled.", {}, freshness.position?.seq ?? 0);
    out.counter("polls_total", "Polls of the database's changes that succeeded.", {}, counts.polled);
    out.counter("poll_failures_total", "Polls that failed.", {}, counts.pollFailed);
    out.counter(
      "history_breaks_total",
      "Times that memory was dropped as the database's history did not go on from what was known.",
      {},
      counts.break,
    );
  };
}

/** Of the edits that were made by this process. */
function watchEdits({ visibility }: Services): (out: Exposition) => void {
  const seconds = { acknowledgements: new Histogram(VISIBLE_SECONDS), lease: new Histogram(VISIBLE_SECONDS) };
  visibility.watch(({ afterMs, by }) => seconds[by].observe(afterMs / 1_000));
  return (out) => {
    const help = "From an edit's commit until it was visible everywhere; by acknowledgements of all workers, or as all leases were over.";
    for (const [by, histogram] of Object.entries(seconds)) out.histogram("edit_visible_seconds", help, { by }, histogram);
  };
}

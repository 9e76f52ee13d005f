import { expect, test } from "vitest";
import { createCache, ManualClock } from "../src/index.ts";
import { createMetrics, Exposition, Histogram } from "../src/prometheus.ts";
import { createMemoryBackend } from "../src/testing/index.ts";
import { settled } from "./support/deferred.ts";

/** The samples of an exposition by their name and labels as written. Throws for what Prometheus would not read. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const described = new Set<string>();
  let current = "";
  for (const line of text.trimEnd().split("\n")) {
    const head = /^# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line);
    if (head !== null) {
      if (head[1] === "HELP") {
        if (described.has(head[2]!)) throw new Error(`${head[2]} is described twice`);
        described.add(head[2]!);
        current = head[2]!;
      }
      continue;
    }
    const sample = /^([a-z_:][a-z0-9_:]*)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (-?[0-9.e+-]+|[+-]Inf)$/.exec(line);
    if (sample === null) throw new Error(`not a sample: ${line}`);
    if (!sample[1]!.startsWith(current)) throw new Error(`${sample[1]} stands apart from ${current}`);
    const series = `${sample[1]}{${sample[2]}}`;
    if (samples.has(series)) throw new Error(`${series} is there twice`);
    samples.set(series, Number(sample[3]!.replace("Inf", "Infinity")));
  }
  return samples;
}

test("all that a cache counts can be scraped", async () => {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const cache = createCache({ namespace: "shop", clock, l2: createMemoryBackend({ clock }) });
  metrics.watch(cache);
  await cache.getOrLoad("a", async () => clock.advance(20), { family: "products" });
  await cache.getOrLoad("b", () => 1, { family: "products" });
  await cache.getOrLoad("b", () => 1, { family: "products" });
  const samples = parse(metrics.text());
  const stats = cache.stats();
  const own = `cache="shop"`;
  expect(samples.get(`cache_reads_total{${own},family="products",status="hit"}`)).toBe(1);
  expect(samples.get(`cache_reads_total{${own},family="products",status="miss"}`)).toBe(2);
  expect(samples.get(`cache_misses_total{${own},cause="new"}`)).toBe(2);
  expect(samples.get(`cache_load_seconds_bucket{${own},family="products",le="0.01"}`)).toBe(1);
  expect(samples.get(`cache_load_seconds_bucket{${own},family="products",le="0.03"}`)).toBe(2);
  expect(samples.get(`cache_load_seconds_bucket{${own},family="products",le="+Inf"}`)).toBe(2);
  expect(samples.get(`cache_load_seconds_sum{${own},family="products"}`)).toBeCloseTo(0.02);
  expect(samples.get(`cache_load_seconds_count{${own},family="products"}`)).toBe(2);
  expect(samples.get(`cache_l2_reads_total{${own},outcome="missing"}`)).toBe(2);
  expect(samples.get(`cache_verified{${own}}`)).toBe(1);
  expect(samples.get(`cache_bytes{${own}}`)).toBe(stats.bytes);
  expect(samples.get(`cache_l2_breaker_open{${own},of="reads"}`)).toBe(0);
  await cache.close();
});

test("the samples of one metric stand together, however many caches there are", async () => {
  const metrics = createMetrics({ prefix: "app_cache" });
  const caches = ["one", "two"].map((namespace) => createCache({ namespace, shadowRate: 1 }));
  for (const cache of caches) metrics.watch(cache);
  await caches[0]!.getOrLoad("key", () => 1, { family: 'a "quoted" \\ name\n' });
  await caches[0]!.getOrLoad("key", () => 1);
  await settled();
  const samples = parse(metrics.text());
  const quoted = 'family="a \\"quoted\\" \\\\ name\\n"';
  expect(samples.get(`app_cache_reads_total{cache="one",${quoted},status="miss"}`)).toBe(1);
  expect(samples.get('app_cache_shadow_reads_total{cache="one",outcome="same"}')).toBe(1);
  expect(samples.get('app_cache_entries{cache="two"}')).toBe(0);
});

test("a cache that is no longer watched is not told of", async () => {
  const metrics = createMetrics();
  const stop = metrics.watch(createCache({ namespace: "gone" }));
  stop();
  expect(metrics.text()).toBe("");
});

test("a cache is told of by the name that it is watched under", async () => {
  const metrics = createMetrics();
  const [structures, paths] = [createCache({ namespace: "shop" }), createCache({ namespace: "shop" })];
  metrics.watch(structures, "structures");
  metrics.watch(paths, "paths");
  await structures.getOrLoad("key", () => 1);
  const samples = parse(metrics.text());
  expect(samples.get('cache_entries{cache="structures"}')).toBe(1);
  expect(samples.get('cache_entries{cache="paths"}')).toBe(0);
});

test("an application's own metrics are written by the same hand", () => {
  const out = new Exposition("app");
  const seconds = new Histogram([0.1, 1]);
  seconds.observe(0.05, 16);
  seconds.observe(5);
  out.gauge("users", "Who is there.", {}, 3);
  out.histogram("request_seconds", "How long.", { kind: "page" }, seconds);
  expect(out.toString()).toBe(
    `# HELP app_users Who is there.
# TYPE app_users gauge
app_users 3
# HELP app_request_seconds How long.
# TYPE app_request_seconds histogram
app_request_seconds_bucket{kind="page",le="0.1"} 16
app_request_seconds_bucket{kind="page",le="1"} 16
app_request_seconds_bucket{kind="page",le="+Inf"} 17
app_request_seconds_sum{kind="page"} 5.8
app_request_seconds_count{kind="page"} 17
`,
  );
});

import { Exposition, Histogram } from "@qrcards/cache/prometheus";
import { expect, test } from "vitest";
import { MetricsSum } from "../../src/operations/merge-metrics.ts";

/** What a worker says that has answered so many requests, one of them slow. */
function worker(requests: number, memory: number): string {
  const out = new Exposition("app");
  const seconds = new Histogram([0.1]);
  seconds.observe(0.05, requests - 1);
  seconds.observe(2);
  out.counter("requests_total", "Requests.", { path: "a b{c}" }, requests);
  out.histogram("seconds", "How long.", {}, seconds);
  out.gauge("bytes", "Memory.", {}, memory);
  out.gauge("up", "Whether.", { part: "redis" }, 1);
  return out.toString();
}

function values(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

test("counters and histograms are added up, a gauge is one of each worker", () => {
  const text = new MetricsSum(() => true).merge(
    new Map([
      [1, worker(10, 100)],
      [2, worker(5, 200)],
    ]),
  );
  expect(values(text)).toEqual({
    'app_requests_total{path="a b{c}"}': 15,
    'app_seconds_bucket{le="0.1"}': 13,
    'app_seconds_bucket{le="+Inf"}': 15,
    app_seconds_sum: 13 * 0.05 + 4,
    app_seconds_count: 15,
    'app_bytes{worker="1"}': 100,
    'app_bytes{worker="2"}': 200,
    'app_up{worker="1",part="redis"}': 1,
    'app_up{worker="2",part="redis"}': 1,
  });
  expect(text.match(/^# TYPE .*$/gm)).toEqual([
    "# TYPE app_requests_total counter",
    "# TYPE app_seconds histogram",
    "# TYPE app_bytes gauge",
    "# TYPE app_up gauge",
  ]);
  expect(text.match(/^# HELP /gm)).toHaveLength(4);
});

test("a metric that only one worker has is there", () => {
  const out = new Exposition("app");
  out.counter("errors_total", "Errors.", {}, 3);
  const text = new MetricsSum(() => true).merge(
    new Map([
      [1, worker(1, 1)],
      [2, out.toString()],
    ]),
  );
  expect(values(text)).toMatchObject({ app_errors_total: 3, 'app_requests_total{path="a b{c}"}': 1 });
});

test("no counter goes back when a worker is silent, answers again, ends, or is replaced", () => {
  const alive = new Set([1, 2]);
  const sum = new MetricsSum((number) => alive.has(number));
  const requests = (...texts: [number, number][]) => {
    const merged = values(sum.merge(new Map(texts.map(([number, count]) => [number, worker(count, 1)]))));
    return {
      requests: merged['app_requests_total{path="a b{c}"}'],
      gauges: Object.keys(merged).filter((key) => key.startsWith("app_bytes")),
    };
  };
  expect(requests([1, 10], [2, 5])).toMatchObject({ requests: 15 });
  expect(requests([1, 11])).toEqual({ requests: 16, gauges: ['app_bytes{worker="1"}'] });
  expect(requests([1, 11], [2, 7])).toMatchObject({ requests: 18 });
  alive.delete(2);
  expect(requests([1, 12])).toMatchObject({ requests: 19 });
  alive.add(3);
  expect(requests([1, 12], [3, 1])).toMatchObject({ requests: 20 });
  alive.clear();
  expect(requests()).toEqual({ requests: 20, gauges: [] });
});

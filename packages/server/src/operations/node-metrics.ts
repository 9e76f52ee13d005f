import { monitorEventLoopDelay } from "node:perf_hooks";
import { Exposition } from "@qrcards/cache/prometheus";

/** How often the event loop's delay is looked at: a timer that is due every so often, and comes late by the delay. */
const DELAY_EVERY_MS = 10;

/** What any Node process says of itself, under the names that dashboards for Node know. */
export class NodeMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution: DELAY_EVERY_MS });

  constructor() {
    this.#delay.enable();
  }

  text(): string {
    return this.#describeProcess() + this.#describeNode();
  }

  close(): void {
    this.#delay.disable();
  }

  #describeProcess(): string {
    const out = new Exposition("process");
    const { user, system } = process.cpuUsage();
    out.counter("cpu_seconds_total", "CPU time, all threads.", {}, (user + system) / 1e6);
    out.gauge("resident_memory_bytes", "Memory that the process has.", {}, process.memoryUsage.rss());
    out.gauge("start_time_seconds", "When it started, since 1970.", {}, Math.round(performance.timeOrigin) / 1_000);
    return out.toString();
  }

  /** The delays are those since the last time they were asked for. */
  #describeNode(): string {
    const out = new Exposition("nodejs");
    const { heapUsed, heapTotal, external } = process.memoryUsage();
    out.gauge("heap_size_used_bytes", "JavaScript values.", {}, heapUsed);
    out.gauge("heap_size_total_bytes", "Room for JavaScript values.", {}, heapTotal);
    out.gauge("external_memory_bytes", "Buffers and the like, outside of the heap.", {}, external);
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - DELAY_EVERY_MS / 1_000);
    const delay = this.#delay;
    const help = "By how much the event loop was late, since the last scrape:";
    out.gauge("eventloop_lag_p50_seconds", `${help} half of the time at most.`, {}, seconds(delay.percentile(50)));
    out.gauge("eventloop_lag_p99_seconds", `${help} 99 % of the time at most.`, {}, seconds(delay.percentile(99)));
    out.gauge("eventloop_lag_max_seconds", `${help} the longest.`, {}, seconds(delay.max));
    delay.reset();
    return out.toString();
  }
}

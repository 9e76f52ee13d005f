interface Metric {
  /** `# HELP` and `# TYPE`. */
  readonly head: string;
  readonly isGauge: boolean;
  /** Values as written, by name and labels as written. */
  readonly series: Map<string, string>;
}

/** By name, in the order of coming. */
type Metrics = Map<string, Metric>;

/**
 * The metrics of several workers as those of one server. Counters and histograms are added up; a gauge is of one worker, so it
 * keeps its value and gets the label `worker`.
 *
 * What a worker had counted when it was asked last stays in the sum, whether it is silent or has ended. A counter must not go
 * back: Prometheus would take all that the others have counted for new.
 */
export class MetricsSum {
  readonly #isAlive: (worker: number) => boolean;
  readonly #last = new Map<number, Metrics>();
  readonly #ended: Metrics = new Map();

  /** @param isAlive of the number of a worker, which is never given again */
  constructor(isAlive: (worker: number) => boolean) {
    this.#isAlive = isAlive;
  }

  /** @param texts what those workers say that answered, by their numbers */
  merge(texts: ReadonlyMap<number, string>): string {
    for (const [worker, metrics] of this.#last) {
      if (texts.has(worker) || this.#isAlive(worker)) continue;
      addTo(this.#ended, metrics, undefined);
      this.#last.delete(worker);
    }
    for (const [worker, text] of texts) this.#last.set(worker, parse(text));
    const sum: Metrics = new Map();
    for (const [worker, metrics] of [...this.#last].sort(([a], [b]) => a - b)) addTo(sum, metrics, texts.has(worker) ? worker : undefined);
    addTo(sum, this.#ended, undefined);
    return format(sum);
  }
}

/** Reads what `Exposition` writes. */
function parse(text: string): Metrics {
  const metrics: Metrics = new Map();
  let help = "";
  let series = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.startsWith("# HELP ")) {
      help = line;
    } else if (line.startsWith("# TYPE ")) {
      const [, , name, type] = line.split(" ");
      series = new Map();
      metrics.set(name!, { head: `${help}\n${line}\n`, isGauge: type === "gauge", series });
    } else if (line !== "") {
      // Labels may hold spaces, values do not.
      const end = line.lastIndexOf(" ");
      series.set(line.slice(0, end), line.slice(end + 1));
    }
  }
  return metrics;
}

/** @param worker whose gauges they are; undefined: what they were is nothing to go by now */
function addTo(sum: Metrics, metrics: Metrics, worker: number | undefined): void {
  for (const [name, { head, isGauge, series }] of metrics) {
    if (isGauge && worker === undefined) continue;
    const metric = sum.get(name) ?? { head, isGauge, series: new Map<string, string>() };
    sum.set(name, metric);
    for (const [key, value] of series) {
      if (isGauge) metric.series.set(withLabel(key, `worker="${worker}"`), value);
      else metric.series.set(key, String(Number(metric.series.get(key) ?? 0) + Number(value)));
    }
  }
}

function withLabel(key: string, label: string): string {
  const brace = key.indexOf("{");
  return brace === -1 ? `${key}{${label}}` : `${key.slice(0, brace)}{${label},${key.slice(brace + 1)}`;
}

function format(metrics: Metrics): string {
  return [...metrics.values()].map(({ head, series }) => head + [...series].map(([key, value]) => `${key} ${value}\n`).join("")).join("");
}

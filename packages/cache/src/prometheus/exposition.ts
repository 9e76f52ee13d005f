import type { Histogram } from "./histogram.ts";

/** The labels of a series, by name. */
export type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly head: string;
  readonly lines: string[];
}

/**
 * Text in the exposition format of Prometheus, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
 * For an application's own metrics beside those of its caches.
 */
export class Exposition {
  readonly #prefix: string;
  /** The lines of one metric must stand together, whatever order they come in. */
  readonly #families = new Map<string, Family>();

  /** @param prefix what every name begins with, before an underscore */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Of one metric the help is that of its first series. */
  counter(name: string, help: string, labels: Labels, value: number): void {
    this.#linesOf(name, help, "counter").push(this.#line(name, labels, value));
  }

  gauge(name: string, help: string, labels: Labels, value: number): void {
    this.#linesOf(name, help, "gauge").push(this.#line(name, labels, value));
  }

  histogram(name: string, help: string, labels: Labels, histogram: Histogram): void {
    const lines = this.#linesOf(name, help, "histogram");
    const counts = histogram.cumulative();
    for (const [index, count] of counts.entries()) {
      const bound = histogram.bounds[index];
      lines.push(this.#line(`${name}_bucket`, { ...labels, le: bound === undefined ? "+Inf" : String(bound) }, count));
    }
    lines.push(this.#line(`${name}_sum`, labels, histogram.sum), this.#line(`${name}_count`, labels, counts.at(-1)!));
  }

  toString(): string {
    return [...this.#families.values()].map(({ head, lines }) => `${head}${lines.join("")}`).join("");
  }

  #linesOf(name: string, help: string, type: string): string[] {
    const full = `${this.#prefix}_${name}`;
    let family = this.#families.get(full);
    if (family === undefined) {
      family = { head: `# HELP ${full} ${escapeText(help)}\n# TYPE ${full} ${type}\n`, lines: [] };
      this.#families.set(full, family);
    }
    return family.lines;
  }

  #line(name: string, labels: Labels, value: number): string {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeText(text).replaceAll('"', '\\"')}"`);
    const braces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
    return `${this.#prefix}_${name}${braces} ${spell(value)}\n`;
  }
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function spell(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

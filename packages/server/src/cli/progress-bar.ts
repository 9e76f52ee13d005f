import { performance } from "node:perf_hooks";
import type { Output } from "./output.ts";
import { paint } from "./text.ts";

const BAR_WIDTH = 30;
const REDRAW_AFTER_MS = 50;

/** One line that is drawn over itself, where a person watches; nothing anywhere else. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream | undefined;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #step = "";

  constructor(stream: NodeJS.WriteStream | undefined) {
    this.#stream = stream?.isTTY ? stream : undefined;
  }

  /** @param total 0 when it is not known */
  show(step: string, done: number, total: number): void {
    if (this.#stream === undefined) return;
    const now = performance.now();
    if (step === this.#step && done < total && now - this.#drawnAt < REDRAW_AFTER_MS) return;
    this.#step = step;
    this.#drawnAt = now;
    const filled = total > 0 ? Math.round((BAR_WIDTH * done) / total) : 0;
    const bar = paint("cyan", "█".repeat(filled), this.#stream) + paint("dim", "░".repeat(BAR_WIDTH - filled), this.#stream);
    this.#stream.write(`\r\u001B[K${bar}  ${step}${total > 0 ? `  ${done} of ${total}` : ""}`);
  }

  clear(): void {
    if (this.#step !== "") this.#stream?.write("\r\u001B[K");
  }
}

/** Runs work that says how far it has come, and shows it to a person who watches. */
export async function showProgress<T>(
  { json }: Pick<Output, "json">,
  work: (onProgress: (step: string, done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new ProgressBar(json ? undefined : process.stderr);
  try {
    return await work((step, done, total) => bar.show(step, done, total));
  } finally {
    bar.clear();
  }
}

import cluster from "node:cluster";
import { parseToWorker, type ToPrimary, type ToWorker } from "./messages.ts";

/** Ten of these fit into the silence after which the primary takes a worker for blocked. */
const BEAT_EVERY_MS = 500;

type Kind = ToWorker["kind"];
type Listener<K extends Kind> = (message: Extract<ToWorker, { kind: K }>) => void;

/**
 * A worker's connection to its primary, which alone starts and ends workers: of the terminal's signals, which reach everybody
 * in its group, a worker takes no notice. SIGTERM to a worker alone has it drain, and so does the end of the primary.
 */
export class WorkerLink {
  readonly #listeners: { [K in Kind]: Set<Listener<K>> } = { drain: new Set(), relay: new Set(), gone: new Set(), question: new Set() };
  readonly #answers = new Map<string, () => string | Promise<string>>();
  readonly #drain = () => this.#hear({ kind: "drain", patient: true });
  #beat: NodeJS.Timeout | undefined;

  constructor() {
    for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
    process.on("SIGTERM", this.#drain);
    process.on("message", (raw) => {
      const message = parseToWorker(raw);
      if (message !== undefined) this.#hear(message);
    });
    process.on("disconnect", this.#drain);
    // Else Node ends the process on the spot when the primary is gone.
    cluster.worker!.exitedAfterDisconnect = true;
    this.listen("drain", () => this.tell({ kind: "draining" }));
    this.listen("question", (message) => void this.#answer(message).catch(() => {}));
  }

  /** Whether it is the one that finds out if all can start, see `Primary.start`. */
  get isFirst(): boolean {
    return cluster.worker!.id === 1;
  }

  /** @returns how to stop listening */
  listen<K extends Kind>(kind: K, listener: Listener<K>): () => void {
    this.#listeners[kind].add(listener);
    return () => this.#listeners[kind].delete(listener);
  }

  /** Never throws, and is nothing to wait for: to a primary that is gone nothing can be said. */
  tell(message: ToPrimary): void {
    if (process.connected) process.send!(message, undefined, undefined, () => {});
  }

  /** The answer to one question of `Primary.ask`. Who fails to give it is as one who is silent. */
  answer(question: string, give: () => string | Promise<string>): void {
    this.#answers.set(question, give);
  }

  /** This worker serves from now on: it beats for as long as its event loop turns. */
  ready(report: string): void {
    this.tell({ kind: "ready", report });
    const beat = () => this.tell({ kind: "beat" });
    beat();
    this.#beat = setInterval(beat, BEAT_EVERY_MS);
  }

  /** Lets the process end, as soon as nothing else holds it. */
  leave(): void {
    clearInterval(this.#beat);
    process.off("disconnect", this.#drain);
    if (process.connected) process.disconnect();
  }

  async #answer({ question, text }: Extract<ToWorker, { kind: "question" }>): Promise<void> {
    const give = this.#answers.get(text);
    if (give === undefined) return;
    this.tell({ kind: "answer", question, text: await give() });
  }

  #hear(message: ToWorker): void {
    for (const listener of this.#listeners[message.kind] as Set<(message: ToWorker) => void>) listener(message);
  }
}

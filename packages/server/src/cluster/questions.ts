import type { WorkerProcess } from "./worker-process.ts";

/** Nobody waits for a worker that is busy or stopped. */
const ANSWER_LIMIT_MS = 1_000;

interface Asked {
  readonly open: Set<WorkerProcess>;
  readonly answers: Map<number, string>;
  readonly done: () => void;
}

/** What the primary asks workers, and waits for. */
export class Questions {
  readonly #asked = new Map<number, Asked>();
  #count = 0;

  /** @returns the answers by the workers' numbers, without those that did not come within a second */
  async ask(workers: readonly WorkerProcess[], text: string): Promise<ReadonlyMap<number, string>> {
    const answers = new Map<number, string>();
    if (workers.length === 0) return answers;
    this.#count += 1;
    const question = this.#count;
    const { promise, resolve } = Promise.withResolvers<void>();
    const limit = setTimeout(resolve, ANSWER_LIMIT_MS);
    this.#asked.set(question, { open: new Set(workers), answers, done: resolve });
    for (const worker of workers) worker.tell({ kind: "question", question, text });
    await promise;
    clearTimeout(limit);
    this.#asked.delete(question);
    return answers;
  }

  hear(from: WorkerProcess, question: number, text: string): void {
    const asked = this.#asked.get(question);
    if (asked === undefined || !asked.open.delete(from)) return;
    asked.answers.set(from.number, text);
    if (asked.open.size === 0) asked.done();
  }

  /** It will not answer any more. */
  forget(worker: WorkerProcess): void {
    for (const { open, done } of this.#asked.values()) if (open.delete(worker) && open.size === 0) done();
  }
}

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { plainFallback } from "./plain-fallback.ts";
import type { RenderedContent } from "./types.ts";

/**
 * Names what `renderMarkdown` makes of a source: HTML is stored under (content hash, RENDERER) and made again when this
 * changes. Raise it with every change of the output; a sample in `test/pages/renderer.test.ts` shows when it must.
 */
export const RENDERER = "r1";

export interface RenderPoolOptions {
  /** Worker threads at most. They start when there is work for them. */
  readonly size: number;
  /** How long one source may take, the time in the queue not counted. Default 2000. */
  readonly timeLimitMs?: number;
}

export interface RenderPool {
  /**
   * Renders in a worker thread. Whatever the source holds, this answers: one that takes too long or too much memory, or
   * breaks the renderer, comes back as plain text with `fallback: true`. Rejects when the pool is closed or when no
   * worker can start.
   */
  render(source: string): Promise<RenderedContent>;
  /** Ends the threads; what is under way or waiting is rejected. */
  close(): Promise<void>;
}

interface Job {
  readonly source: string;
  readonly resolve: (content: RenderedContent) => void;
  readonly reject: (error: unknown) => void;
}

/** More than the largest real page takes, by far; a source that explodes ends its worker, not the server. */
const WORKER_MEMORY_MB = 256;
/** What is alive of a page at any time is small. With V8's default, two workers held 180 MB more in an import of 38,000 pages. */
const WORKER_NURSERY_MB = 24;

// The worker lies beside this file: as source under Node's type stripping, or built.
const WORKER_FILE = new URL(import.meta.url.endsWith(".ts") ? "./render-worker.ts" : "./render-worker.js", import.meta.url);

export function createRenderPool({ size, timeLimitMs = 2000 }: RenderPoolOptions): RenderPool {
  const queue: Job[] = [];
  const idle: Worker[] = [];
  const workers = new Set<Worker>();
  const closing = new AbortController();
  let lanes = 0;

  /** Works off the queue with one worker after another; `size` of these run at most. */
  async function runLane(): Promise<void> {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      try {
        const worker = idle.pop() ?? (await startWorker());
        job.resolve((await renderIn(worker, job.source)) ?? plainFallback(job.source));
      } catch (error) {
        job.reject(error);
      }
    }
    lanes--;
  }

  async function startWorker(): Promise<Worker> {
    const worker = new Worker(WORKER_FILE, {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_MEMORY_MB, maxYoungGenerationSizeMb: WORKER_NURSERY_MB },
    });
    workers.add(worker);
    worker.on("error", () => {}); // Whoever waits hears it through `once`; without a listener it would end the process.
    worker.once("exit", () => {
      workers.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    });
    await once(worker, "message", { signal: closing.signal }); // It has loaded; its time begins with the first source.
    return worker;
  }

  /** Null when the worker did not manage; it is then gone. */
  async function renderIn(worker: Worker, source: string): Promise<RenderedContent | null> {
    worker.ref();
    worker.postMessage(source);
    try {
      const [content] = await once(worker, "message", { signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeLimitMs)]) });
      worker.unref(); // An idle worker keeps no process alive.
      idle.push(worker);
      return content as RenderedContent;
    } catch {
      await worker.terminate();
      closing.signal.throwIfAborted();
      return null;
    }
  }

  return {
    render(source) {
      return new Promise((resolve, reject) => {
        closing.signal.throwIfAborted();
        queue.push({ source, resolve, reject });
        if (lanes === size) return;
        lanes++;
        void runLane();
      });
    },
    async close() {
      closing.abort(new Error("The render pool is closed."));
      for (const job of queue.splice(0)) job.reject(closing.signal.reason);
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}

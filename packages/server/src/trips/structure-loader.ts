import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Database } from "../db/database.ts";
import { type LoadedStructure, loadSmallStructure, loadStructure } from "./structure-query.ts";
import type { TripId } from "./types.ts";

export interface StructureLoader {
  /** Undefined when there is no such trip. */
  load(tripId: TripId): Promise<LoadedStructure | undefined>;
  /** Ends the thread; what is under way is rejected. */
  close(): Promise<void>;
}

/** So many rows take some 10 ms. 38,000 take 300: for so long nobody else would get an answer. */
const MOST_ROWS_HERE = 2_000;

// The worker lies beside this file: as source under Node's type stripping, or built.
const WORKER_FILE = new URL(import.meta.url.endsWith(".ts") ? "./structure-worker.ts" : "./structure-worker.js", import.meta.url);

export interface StructureLoaderOptions {
  /** A thread that takes longer hangs, with its connection to the database most likely, and is ended. Default 20,000; 38,000 rows take 300. */
  readonly answerLimitMs?: number;
}

/**
 * Loads structures beside the event loop where they are large: in a thread with a database connection of its own, which
 * starts with the first of them and goes on to be there for the next.
 */
export function createStructureLoader(database: Database, { answerLimitMs = 20_000 }: StructureLoaderOptions = {}): StructureLoader {
  const closing = new AbortController();
  let worker: Worker | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  function startWorker(): Worker {
    const started = new Worker(WORKER_FILE, { workerData: database.url });
    started.on("error", () => {}); // Whoever waits hears it through `once`; without a listener it would end the process.
    started.once("exit", () => {
      if (worker === started) worker = undefined;
    });
    return started;
  }

  async function loadInThread(tripId: TripId): Promise<LoadedStructure | undefined> {
    closing.signal.throwIfAborted();
    const thread = worker ?? startWorker();
    worker = thread;
    thread.ref();
    try {
      thread.postMessage(tripId);
      const [loaded] = await once(thread, "message", { signal: AbortSignal.any([closing.signal, AbortSignal.timeout(answerLimitMs)]) });
      thread.unref(); // An idle thread keeps no process alive.
      return loaded as LoadedStructure | undefined;
    } catch {
      await thread.terminate();
      closing.signal.throwIfAborted();
      // Loaded it must be. If the database is the reason, this says so.
      return loadStructure(database.db, tripId);
    }
  }

  return {
    async load(tripId) {
      const loaded = await loadSmallStructure(database.db, tripId, MOST_ROWS_HERE);
      if (loaded !== "too large") return loaded;
      const result = queue.then(() => loadInThread(tripId));
      queue = result.catch(() => {});
      return result;
    },
    async close() {
      closing.abort(new Error("The structure loader is closed."));
      await worker?.terminate();
    },
  };
}

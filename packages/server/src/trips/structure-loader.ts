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

/**
 * Loads structures beside the event loop where they are large: in a thread with a database connection of its own, which
 * starts with the first of them and goes on to be there for the next.
 */
export function createStructureLoader(database: Database): StructureLoader {
  const closing = new AbortController();
  let worker: Worker | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function loadInThread(tripId: TripId): Promise<LoadedStructure | undefined> {
    closing.signal.throwIfAborted();
    worker ??= new Worker(WORKER_FILE, { workerData: database.url });
    worker.ref();
    try {
      worker.postMessage(tripId);
      const [loaded] = await once(worker, "message", { signal: closing.signal });
      worker.unref(); // An idle thread keeps no process alive.
      return loaded as LoadedStructure | undefined;
    } catch {
      await worker.terminate();
      worker = undefined;
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

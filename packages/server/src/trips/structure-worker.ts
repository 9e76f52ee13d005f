import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "../db/database.ts";
import { loadStructure } from "./structure-query.ts";
import type { TripId } from "./types.ts";

const { db } = openDatabase({ url: workerData as string, connections: 1, readOnly: true });

/** One message in, the number of a trip; one message out, its structure. What throws here ends the thread, and the loader goes on without it. */
parentPort!.on("message", (tripId: TripId) => void answer(tripId));

async function answer(tripId: TripId): Promise<void> {
  const loaded = await loadStructure(db, tripId);
  parentPort!.postMessage(loaded, loaded === undefined ? [] : [loaded.bytes.buffer as ArrayBuffer]);
}

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { HistoryRecord } from "./records.ts";

/** Lines at once: a run of an hour has a million. */
const LINES_A_WRITE = 10_000;

/** One JSON object a line. */
export async function writeHistory(file: string, history: readonly HistoryRecord[]): Promise<void> {
  const handle = await open(file, "w");
  try {
    for (let at = 0; at < history.length; at += LINES_A_WRITE) {
      const lines = history.slice(at, at + LINES_A_WRITE).map((record) => `${JSON.stringify(record)}\n`);
      await handle.write(lines.join(""));
    }
  } finally {
    await handle.close();
  }
}

export async function readHistory(file: string): Promise<HistoryRecord[]> {
  const history: HistoryRecord[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line !== "") history.push(JSON.parse(line) as HistoryRecord);
  }
  return history;
}

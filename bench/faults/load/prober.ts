import { writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { startServer } from "../../harness/processes.ts";
import { makeFolder } from "../../harness/workspace.ts";
import type { Recorder } from "../history/recorder.ts";
import { ask } from "./ask.ts";

const EVERY_MS = 40;
/** As large as a page. */
const BYTES = 25_000;

/** Reads from a bare server of its own, which no fault strikes: what it takes is what this machine takes. */
export async function probe(recorder: Recorder, stop: AbortSignal): Promise<void> {
  const file = join(makeFolder(), "answers.json");
  const body = Buffer.alloc(BYTES, "a").toString("base64");
  writeFileSync(file, JSON.stringify([{ path: "/", encoding: "identity", etag: '"a"', headers: ["content-length", String(BYTES)], body }]));
  const server = await startServer("bare-server.ts", file);
  const agent = new Agent({ keepAlive: true });
  while (!stop.aborted) {
    const start = recorder.now();
    const outcome = await ask({ port: server.port, path: "/", agent, timeoutMs: 10_000 });
    if ("answer" in outcome) recorder.probe(start, recorder.now());
    await pass(EVERY_MS);
  }
  agent.destroy();
  await server.stop();
}

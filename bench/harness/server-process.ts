/**
 * The product as a process of its own, for benchmarks that measure it from outside: `startServer` starts it.
 * It answers questions about itself by messages, and makes edits on demand.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { buildApp } from "../../packages/server/src/app.ts";
import { editNode } from "../../packages/server/src/trips/edits.ts";
import { getNode } from "../../packages/server/src/trips/repository.ts";
import { openServices } from "./workspace.ts";

export type Question =
  | { readonly ask: "cpu" }
  | { readonly ask: "longest pause" }
  /** Gives a page a new title and says how long that took. */
  | { readonly ask: "edit"; readonly nodeId: string; readonly title: string };

const services = await openServices(process.argv[2]!);
const app = await buildApp(services);
app.server.listen({ port: 0, host: "127.0.0.1" });
await once(app.server, "listening");

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

process.on("message", (question: Question) => void answer(question));
process.on("disconnect", () => process.exit());
process.send!({ port: (app.server.address() as AddressInfo).port });

async function answer(question: Question): Promise<void> {
  if (question.ask === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send!(user + system);
  } else if (question.ask === "longest pause") {
    process.send!(delay.max / 1e6);
    delay.reset();
  } else {
    const { nodeId, title } = question;
    const { tripId } = await getNode(services.database.db, nodeId);
    const began = performance.now();
    await services.trips.edit(
      (trx, at) => editNode(trx, nodeId, { title }, at),
      () => tripId,
    );
    process.send!(performance.now() - began);
  }
}

import type { Config } from "../../config.ts";
import type { Services } from "../../services.ts";
import type { Output } from "../output.ts";
import { serveHere } from "./serve-here.ts";
import { stopOnSignals } from "./stop-order.ts";

/** Serves in this process alone. */
export async function serveAlone(config: Config, output: Output, ready: (services: Services) => Promise<void>): Promise<void> {
  const reload = () => output.note("SIGHUP received: ignored, as there is one process and no successor. Restart the server.");
  await serveHere({
    config,
    stop: stopOnSignals({ reload }),
    ready,
    stopping: (reason) => output.note(`${reason}: stopping.`),
    overdue: (limitMs) => output.note(`Not everything under way has ended within ${limitMs / 1000} s: leaving.`),
  });
}

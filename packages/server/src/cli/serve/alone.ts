import type { Config } from "../../config.ts";
import { type MetricsServer, startMetricsServer } from "../../operations/metrics-server.ts";
import type { Services } from "../../services.ts";
import type { Output } from "../output.ts";
import { serveHere } from "./serve-here.ts";
import { stopOnSignals } from "./stop-order.ts";

/**
 * Serves in this process alone.
 *
 * @param ready called once it listens; `metricsUrl` is null where there are no metrics
 */
export async function serveAlone(
  config: Config,
  output: Output,
  ready: (services: Services, metricsUrl: string | null) => Promise<void>,
): Promise<void> {
  let metrics: MetricsServer | undefined;
  const reload = () => output.note("SIGHUP received: ignored, as there is one process and no successor. Restart the server.");
  try {
    await serveHere({
      config,
      stop: stopOnSignals({ reload }),
      ready: async (services, app) => {
        metrics = await startMetricsServer(
          config,
          async () => app.metrics(),
          (text) => output.note(text),
        );
        await ready(services, metrics?.url ?? null);
      },
      stopping: (reason) => output.note(`${reason}: stopping.`),
      overdue: (limitMs) => output.note(`Not everything under way has ended within ${limitMs / 1000} s: leaving.`),
    });
  } finally {
    await metrics?.close();
  }
}

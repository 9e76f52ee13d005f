import cluster from "node:cluster";
import { type Logger, pino } from "pino";
import { Primary } from "../../cluster/primary.ts";
import type { Config } from "../../config.ts";
import { MetricsSum } from "../../operations/merge-metrics.ts";
import { startMetricsServer } from "../../operations/metrics-server.ts";
import type { Output } from "../output.ts";
import { stopOnSignals } from "./stop-order.ts";

/** Prints what the first worker said when it was ready. `metricsUrl` is null where there are no metrics. */
type Announce = (report: string, metricsUrl: string | null) => Promise<void>;

/**
 * Has workers serve, and supervises them until it is told to stop. When the first one cannot start it has said why, as a single
 * process would have; this one ends as it did.
 */
export async function superviseWorkers(config: Config, output: Output, announce: Announce): Promise<void> {
  let primary: Primary | undefined;
  const sum = new MetricsSum((number) => cluster.workers?.[number] !== undefined);
  // Before there is anybody to supervise, as its port may be taken.
  const metrics = await startMetricsServer(
    config,
    async () => sum.merge((await primary?.ask("metrics")) ?? new Map()),
    (text) => output.note(text),
  );
  try {
    const log = pino({ level: config.logLevel });
    // Whatever the command line says, a port is decided once; the last one counts.
    primary = new Primary({ workers: config.workers, args: [...process.argv.slice(2), "--port", String(config.port)], log });
    await supervise(primary, log, output, (report) => announce(report, metrics?.url ?? null));
  } finally {
    await metrics?.close();
  }
}

async function supervise(
  primary: Primary,
  log: Pick<Logger, "error">,
  output: Output,
  announce: (report: string) => Promise<void>,
): Promise<void> {
  const stop = stopOnSignals({ reload: () => void restart(), atOnce: () => primary.kill() });

  async function restart(): Promise<void> {
    output.note("SIGHUP received: a new worker takes the place of each, one after the other.");
    const isDone = await primary.restart();
    if (isDone) output.note("All workers are new.");
    else if (isDone === false) log.error("a new worker did not get ready: the restart is given up, and the workers that are left go on");
  }

  const given = stop.given.then((reason) => ({ reason }));
  const start = await Promise.race([primary.start(), given]);
  if (start !== undefined && "failed" in start) {
    const { code, signal } = start.failed;
    if (code === null) throw new Error(`The first worker was ended by ${signal} before it was ready.`);
    process.exitCode = code;
    return;
  }
  if (start !== undefined && "report" in start) await announce(start.report);
  const { reason } = await given;
  output.note(`${reason}: stopping.`);
  void stop.hurried.then(() => primary.stop({ patient: false }));
  await primary.stop({ patient: true });
}

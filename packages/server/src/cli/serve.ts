import type { Command } from "commander";
import type { Config } from "../config.ts";
import type { Services } from "../services.ts";
import { examples } from "./help.ts";
import { type Output, outputOf } from "./output.ts";
import type { RunningServer } from "./serve/report.ts";

interface ServeOptions {
  readonly port?: string;
  readonly host?: string;
  readonly workers?: string;
  readonly demo?: true;
}

export function addServeCommand(program: Command): void {
  const command = program
    .command("serve")
    .summary("start the server")
    .description("Start the server. Ctrl-C or SIGTERM stop it: it answers what is under way, and leaves.")
    .option("--port <number>", "where to listen; 0 takes any free port (default: PORT, or 3000)")
    .option("--host <address>", "address to listen on; 127.0.0.1 keeps other devices out (default: HOST, or 0.0.0.0)")
    .option("--workers <number>", "processes that serve; 1 serves in this one (default: WORKERS, or one for each core)")
    .option("--demo", "load the demo trip bcbs-239-the-book if it is not there")
    .action(async (options: ServeOptions, command: Command) => {
      const output = outputOf(command);
      const config = await chooseConfig(options);
      const describe = (services: Services) => describeHere(services, options, output);
      const { isWorker } = (await import("node:cluster")).default;
      if (options.demo && !isWorker) await prepareDemo(config, output);
      if (isWorker) {
        const { serveAsWorker } = await import("./serve/as-worker.ts");
        await serveAsWorker(config, async (services) => JSON.stringify(await describe(services)));
      } else if (config.workers > 1) {
        const { superviseWorkers } = await import("./serve/as-primary.ts");
        await superviseWorkers(config, output, async (report, metricsUrl) => {
          await welcome({ ...(JSON.parse(report) as RunningServer), metricsUrl, pid: process.pid }, output);
        });
      } else {
        const { serveAlone } = await import("./serve/alone.ts");
        await serveAlone(config, output, async (services, metricsUrl) => {
          await welcome({ ...(await describe(services)), metricsUrl }, output);
        });
      }
    });
  examples(command, [
    ["serve --port 8080", "on another port"],
    ["serve --demo --host 127.0.0.1", "with the demo trip, for this machine only"],
    ["serve --workers 4", "with four processes"],
  ]);
}

/** Port 0 is decided before anything is made: absolute addresses name it, and all workers listen on it. */
async function chooseConfig({ port, host, workers }: ServeOptions): Promise<Config> {
  const { parseConfig } = await import("../config.ts");
  const overrides = { ...(port !== undefined && { port }), ...(host !== undefined && { host }), ...(workers !== undefined && { workers }) };
  const config = parseConfig(process.env, overrides);
  if (config.port !== 0) return config;
  const { findFreePort } = await import("./serve/listen.ts");
  return parseConfig(process.env, { ...overrides, port: String(await findFreePort(config.host)) });
}

/** Before anybody is served: an import by a process that has just begun to serve would wait for leases that others may have. */
async function prepareDemo(config: Config, output: Output): Promise<void> {
  const [{ createServices }, { loadDemoTrip }] = await Promise.all([import("../services.ts"), import("./demo-trip.ts")]);
  const services = await createServices(config);
  try {
    await loadDemoTrip(services, output);
  } finally {
    await services.close();
  }
}

async function describeHere(services: Services, options: ServeOptions, output: Output): Promise<RunningServer> {
  const [{ loadDemoTrip }, { describeServer }] = await Promise.all([import("./demo-trip.ts"), import("./serve/report.ts")]);
  return describeServer(services, options.demo ? await loadDemoTrip(services, output) : undefined);
}

async function welcome(server: RunningServer, output: Output): Promise<void> {
  const { formatServer } = await import("./serve/report.ts");
  output.print(server, output.json ? "" : await formatServer(server));
}

import { once } from "node:events";
import type { Server } from "node:net";
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Config } from "../config.ts";
import { QRCardsError } from "../errors.ts";
import type { Services } from "../services.ts";
import { examples } from "./help.ts";
import { type Output, outputOf } from "./output.ts";

interface ServeOptions {
  readonly port?: string;
  readonly host?: string;
  readonly demo?: true;
}

/** What is under way may take this long when the server is told to stop. */
const STOP_LIMIT_MS = 5_000;

export function addServeCommand(program: Command): void {
  const command = program
    .command("serve")
    .summary("start the server")
    .description("Start the server. Ctrl-C or SIGTERM stop it: it answers what is under way, and leaves.")
    .option("--port <number>", "where to listen; 0 takes any free port (default: PORT, or 3000)")
    .option("--host <address>", "address to listen on; 127.0.0.1 keeps other devices out (default: HOST, or 0.0.0.0)")
    .option("--demo", "load the demo trip bcbs-239-the-book if it is not there")
    .action(async (options: ServeOptions, command: Command) => {
      const output = outputOf(command);
      const [{ createServices }, { buildApp }, config] = await Promise.all([
        import("../services.ts"),
        import("../app.ts"),
        chooseConfig(options),
      ]);
      const stopped = nextStopSignal();
      const services = await createServices(config);
      let app: App | undefined;
      try {
        app = await buildApp(services);
        await listen(app.server, config);
        await welcome(services, options, output);
        output.note(`${await stopped} received: stopping.`);
      } finally {
        leaveAfter(STOP_LIMIT_MS, output);
        await app?.close();
        await services.close();
      }
    });
  examples(command, [
    ["serve --port 8080", "on another port"],
    ["serve --demo --host 127.0.0.1", "with the demo trip, for this machine only"],
  ]);
}

/** Port 0 is decided before anything is made: absolute addresses name it. */
async function chooseConfig({ port, host }: ServeOptions): Promise<Config> {
  const { parseConfig } = await import("../config.ts");
  const overrides = { ...(port !== undefined && { port }), ...(host !== undefined && { host }) };
  const config = parseConfig(process.env, overrides);
  if (config.port !== 0) return config;
  const { createServer } = await import("node:net");
  const probe = createServer();
  await listen(probe, config);
  const free = (probe.address() as { port: number }).port;
  await new Promise((resolve) => probe.close(resolve));
  return parseConfig(process.env, { ...overrides, port: String(free) });
}

/** @throws QRCardsError `port-taken`, `config-invalid` */
async function listen(server: Server, { port, host }: Config): Promise<void> {
  server.listen({ port, host });
  try {
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new QRCardsError("port-taken", `Port ${port} is in use already.`, { details: { port, host }, cause: error });
    if (code === "EACCES")
      throw new QRCardsError("config-invalid", `This user may not listen on port ${port}; ports from 1024 on are everybody's.`, {
        cause: error,
      });
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new QRCardsError("config-invalid", `HOST is "${host}", which is no address of this machine.`, { cause: error });
    throw error;
  }
}

async function welcome(services: Services, options: ServeOptions, output: Output): Promise<void> {
  const [{ loadDemoTrip }, { describeServer, formatServer }] = await Promise.all([import("./demo-trip.ts"), import("./serve-report.ts")]);
  const demoPath = options.demo ? await loadDemoTrip(services, output) : undefined;
  const server = describeServer(services, demoPath);
  output.print(server, output.json ? "" : await formatServer(server));
}

/** Its name. From then on signals no longer end the process by themselves. */
function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, resolve);
  });
}

/** Whatever will not end is left behind; when all has ended before, this holds nothing open. */
function leaveAfter(limitMs: number, output: Output): void {
  const leave = () => {
    output.note(`Not everything under way has ended within ${limitMs / 1000} s: leaving.`);
    process.exit();
  };
  setTimeout(leave, limitMs).unref();
}

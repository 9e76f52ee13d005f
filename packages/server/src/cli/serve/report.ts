import { findNetworkAddress, reachableHost } from "../../config.ts";
import type { Services } from "../../services.ts";
import { formatColumns, hasColours, paint } from "../text.ts";

/** A server that runs: with `--json` exactly this. */
export interface RunningServer {
  /** For a browser on this machine. */
  readonly localUrl: string;
  /** For other devices in the same network; null when there is no network or only this machine is listened to. */
  readonly networkUrl: string | null;
  /** What cards and canonical links carry. */
  readonly publicUrl: string;
  readonly publicUrlIsSet: boolean;
  /** A page of the demo trip; null without one. */
  readonly demoUrl: string | null;
  readonly database: string;
  /** Where Redis is, whether it answers or not; null without `REDIS_URL`. */
  readonly redis: string | null;
  /** Where Prometheus finds what is counted; null where metrics are off. A worker of several does not know it. */
  readonly metricsUrl: string | null;
  /** Processes that serve. */
  readonly workers: number;
  /** Signals go there. */
  readonly pid: number;
}

export function describeServer({ config, database, secondTier }: Services, demoPath: string | undefined): RunningServer {
  const { port, host, publicUrl, publicUrlIsSet, workers } = config;
  const localUrl = `http://${reachableHost(host)}:${port}`;
  const address = findNetworkAddress(host);
  const networkUrl = address === undefined ? null : `http://${address}:${port}`;
  return {
    localUrl,
    networkUrl,
    publicUrl,
    publicUrlIsSet,
    demoUrl: demoPath === undefined ? null : publicUrl + demoPath,
    database: database.label,
    redis: secondTier?.label ?? null,
    metricsUrl: null,
    workers,
    pid: process.pid,
  };
}

export async function formatServer(server: RunningServer): Promise<string> {
  const { localUrl, networkUrl, publicUrl, publicUrlIsSet, demoUrl, database, redis, metricsUrl, workers } = server;
  const url = (text: string) => paint("cyan", text);
  const name = (text: string) => paint("bold", text);
  const addresses = [[name("This machine"), url(`${localUrl}/`)]];
  if (networkUrl !== null) addresses.push([name("Same network"), url(`${networkUrl}/`)]);
  if (publicUrlIsSet) addresses.push([name("Public"), url(`${publicUrl}/`)]);

  const parts = [paint("green", "QRCards is running."), formatColumns(addresses, "  ")];
  if (demoUrl !== null) {
    const { renderTerminalQr } = await import("../../cards/terminal-qr.ts");
    const code = renderTerminalQr(demoUrl, { colour: hasColours() }).trimEnd();
    parts.push(`  ${name("A page of the demo trip, for this screen or for a phone:")}\n  ${url(demoUrl)}`, code.replace(/^/gm, "  "));
  }
  const facts = [
    [name("Data"), database],
    ...(redis === null ? [] : [[name("Redis"), redis]]),
    ...(workers === 1 ? [] : [[name("Workers"), String(workers)]]),
    ...(metricsUrl === null ? [] : [[name("Metrics"), url(metricsUrl)]]),
    [name("Token"), "npx qrcards token create --name me --scope read,edit,publish"],
    [name("Stop"), "Ctrl-C"],
  ];
  if (!publicUrlIsSet) facts.unshift([name("Cards"), `carry ${publicUrl}: set PUBLIC_URL before you print any`]);
  parts.push(formatColumns(facts, "  "));
  return `\n${parts.join("\n\n")}\n`;
}

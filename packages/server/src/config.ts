import { availableParallelism, networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { type CacheConfig, parseCacheConfig } from "./config-cache.ts";
import { isDatabaseUrl } from "./database-url.ts";
import { QRCardsError } from "./errors.ts";

/** Each has its own memory and its own connections to the database. */
const MOST_WORKERS = 64;

/** Everything that can be set, read once at the start. */
export interface Config {
  /** `sqlite:PATH` or `postgres://...`. Default: `qrcards.db` in the data folder. */
  readonly databaseUrl: string;
  /** Default 3000. */
  readonly port: number;
  /** Address to listen on. Default `0.0.0.0`: phones in the same network can follow cards. */
  readonly host: string;
  /**
   * Origin of every absolute address (cards, canonical, sitemap), without a slash at its end. Default: this machine's
   * address in its network and the port, so that a phone beside it can follow a card on the screen.
   */
  readonly publicUrl: string;
  /** Whether PUBLIC_URL was given: printed cards need one that lasts. */
  readonly publicUrlIsSet: boolean;
  /** Structures and paths: in which tiers, for how long, how many; and where Redis is. */
  readonly cache: CacheConfig;
  /** Most bytes of finished pages kept in memory. Default 128 MiB. */
  readonly pageCacheBytes: number;
  /** Threads of each process that turn Markdown into HTML. Default 2. */
  readonly renderThreads: number;
  /** Processes that serve. Default: one for each core. With 1 there is one process, with more one that supervises them besides. */
  readonly workers: number;
  /** pino's levels. Default `warn`. */
  readonly logLevel: string;
  /** The part of the successful answers, 0 to 1, that get a line in the log at level `info`. Default 0.01. */
  readonly logSample: number;
  readonly metrics: MetricsConfig;
}

/** Where Prometheus finds what is counted. */
export interface MetricsConfig {
  /** Undefined: nowhere. Default 9464. */
  readonly port: number | undefined;
  /** Whether METRICS_PORT was given: then it must be free. */
  readonly portIsSet: boolean;
  /** Default `127.0.0.1`: this machine alone. */
  readonly host: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment.
 *
 * @throws QRCardsError `config-invalid` that names every wrong setting, not only the first
 */
export function parseConfig(
  env: Environment,
  overrides: { readonly port?: string; readonly host?: string; readonly workers?: string; readonly databaseUrl?: string } = {},
): Config {
  const problems: string[] = [];
  const problem = (message: string) => void problems.push(message);
  /** What is empty is as if it were not there. */
  const text = (name: string) => env[name] || undefined;
  const integer = (name: string, fallback: number, from: number, to: number, given = text(name)): number => {
    if (given === undefined) return fallback;
    const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    if (number >= from && number <= to) return number;
    problem(`${name} is "${given}"; it must be a whole number from ${from} to ${to}.`);
    return fallback;
  };

  const port = integer("PORT", 3000, 0, 65_535, overrides.port || text("PORT"));
  const host = overrides.host ?? (env.HOST || "0.0.0.0");
  const dataFolder = resolve(env.QRCARDS_DATA || "data");
  const databaseUrl = overrides.databaseUrl ?? (env.DATABASE_URL || `sqlite:${join(dataFolder, "qrcards.db")}`);
  if (!isDatabaseUrl(databaseUrl)) problems.push(`DATABASE_URL must start with "sqlite:" or "postgres://".`);
  const publicUrl = parsePublicUrl(env.PUBLIC_URL, problems) ?? `http://${findNetworkAddress(host) ?? reachableHost(host)}:${port}`;
  const logLevel = env.LOG_LEVEL || "warn";
  if (!["fatal", "error", "warn", "info", "debug", "trace", "silent"].includes(logLevel))
    problems.push(`LOG_LEVEL is "${logLevel}"; it must be one of fatal, error, warn, info, debug, trace, silent.`);

  const config: Config = {
    databaseUrl,
    port,
    host,
    publicUrl,
    publicUrlIsSet: Boolean(env.PUBLIC_URL),
    cache: parseCacheConfig({ text, integer, problem }),
    pageCacheBytes: integer("PAGE_CACHE_MB", 128, 1, 1_000_000) * 2 ** 20,
    renderThreads: integer("RENDER_THREADS", 2, 1, 64),
    workers: integer("WORKERS", Math.min(availableParallelism(), MOST_WORKERS), 1, MOST_WORKERS, overrides.workers || text("WORKERS")),
    logLevel,
    logSample: parseShare("LOG_SAMPLE", text("LOG_SAMPLE"), 0.01, problem),
    metrics: {
      port: text("METRICS_PORT")?.toLowerCase() === "off" ? undefined : integer("METRICS_PORT", 9464, 0, 65_535),
      portIsSet: text("METRICS_PORT") !== undefined,
      host: text("METRICS_HOST") ?? "127.0.0.1",
    },
  };
  if (problems.length > 0) throw new QRCardsError("config-invalid", problems.join(" "));
  return Object.freeze(config);
}

function parsePublicUrl(text: string | undefined, problems: string[]): string | undefined {
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    problems.push(`PUBLIC_URL is "${text}"; it must be an address such as https://cards.example.org.`);
  else if (url.href !== `${url.origin}/`) problems.push(`PUBLIC_URL is "${text}"; it must have no path, query, user or password.`);
  return url?.origin;
}

function parseShare(name: string, given: string | undefined, fallback: number, problem: (message: string) => void): number {
  if (given === undefined) return fallback;
  const share = /^\d*\.?\d+$/.test(given) ? Number(given) : Number.NaN;
  if (share >= 0 && share <= 1) return share;
  problem(`${name} is "${given}"; it must be a number from 0 to 1.`);
  return fallback;
}

/** The name under which this machine itself reaches what listens on an address. */
export function reachableHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** This machine's address in its network, for other devices; undefined when there is none or when only this machine is listened to. */
export function findNetworkAddress(host: string): string | undefined {
  if (host !== "0.0.0.0" && host !== "::") return undefined;
  return Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal)?.address;
}

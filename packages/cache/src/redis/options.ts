import type { ConnectionOptions } from "node:tls";
import { CacheOptionError, type NotConnectedError } from "../errors.ts";
import { Troubles } from "./troubles.ts";

const SERVER_PORT = 6_379;
const SENTINEL_PORT = 26_379;

interface CommonOptions {
  /** The user, if the servers know several (ACL). Default: the one of `url`, else the default user. */
  readonly username?: string;
  /** Default: the one of `url`, else none. */
  readonly password?: string;
  /**
   * How to connect by TLS, if the certificate is not one that Node trusts, or the client needs one: the options of Node's
   * `tls.connect`. `true`: as they are by default. With a `url`, `rediss://` alone means `true`.
   */
  readonly tls?: boolean | ConnectionOptions;
  /**
   * How often each connection is asked whether it is alive, and what time it is, in milliseconds. One that has not answered
   * for two heartbeats is given up and made anew. Default 500.
   */
  readonly heartbeatMs?: number;
  /** How long one attempt to connect may take, TLS and login included, in milliseconds. There is always a next one. Default 1,000. */
  readonly connectTimeoutMs?: number;
  /**
   * How many different tags and keys the log of invalidations remembers, see `redis`. An entry that is older than the oldest
   * of them is loaded again. Each takes about 100 bytes of Redis's memory beside its own length. Default 20,000.
   */
  readonly logEntries?: number;
  /**
   * Told why there is no connection, in the error's `cause`: a wrong password, refused, silent. Each reason once, not with each
   * attempt, until there is a connection again. Default: nobody is told; the commands that are rejected carry the reason too.
   */
  readonly onError?: (error: NotConnectedError) => void;
}

interface OneServer {
  /** `redis://user:password@host:port/database`, or `rediss://` for TLS; all but the host may be left out. Valkey has the same. */
  readonly url: string;
  readonly sentinel?: never;
  readonly cluster?: never;
}

interface SentinelGroup {
  readonly sentinel: {
    /** What the Sentinels call the servers they watch, e.g. `mymaster`. */
    readonly name: string;
    /** Some of the Sentinels, each as `host:port`. */
    readonly nodes: readonly string[];
    /** What the Sentinels themselves want, which need not be what the servers want. Default: no login. */
    readonly username?: string;
    readonly password?: string;
  };
  /** The number of the database. Default 0. */
  readonly database?: number;
  readonly url?: never;
  readonly cluster?: never;
}

interface Cluster {
  readonly cluster: {
    /** Some of the nodes, each as `host:port`: the others are found by them. For a managed cluster: its configuration endpoint. */
    readonly nodes: readonly string[];
  };
  readonly url?: never;
  readonly sentinel?: never;
}

/** One server, or what Sentinels watch, or a cluster. */
export type RedisOptions = CommonOptions & (OneServer | SentinelGroup | Cluster);

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Who is logged in, and by which kind of connection. */
export interface Login {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: ConnectionOptions | undefined;
}

/** Where the servers are. */
export type Place =
  | { readonly kind: "server"; readonly address: Address }
  | { readonly kind: "sentinel"; readonly name: string; readonly nodes: readonly Address[]; readonly login: Login }
  | { readonly kind: "cluster"; readonly nodes: readonly Address[] };

/** Options, checked and with nothing left out. */
export interface Settings {
  readonly place: Place;
  readonly login: Login;
  readonly heartbeatMs: number;
  readonly connectTimeoutMs: number;
  readonly logEntries: number;
  /** For whoever listens with `onError`. */
  readonly troubles: Troubles;
}

/** @throws CacheOptionError, which says what to write instead; never with a password in it */
export function parseOptions(options: RedisOptions): Settings {
  const { heartbeatMs = 500, connectTimeoutMs = 1_000, logEntries = 20_000, onError } = options;
  for (const [name, value] of Object.entries({ heartbeatMs, connectTimeoutMs, logEntries })) {
    if (!(Number.isSafeInteger(value) && value > 0)) throw new CacheOptionError(`${name} must be a positive integer, not ${value}.`);
  }
  const places = [options.url, options.sentinel, options.cluster].filter((place) => place !== undefined);
  if (places.length !== 1) throw new CacheOptionError("redis() needs one of: url, sentinel, cluster.");
  if ("database" in options && options.sentinel === undefined)
    throw new CacheOptionError("database is for Sentinel: in a url the database is the path, and a cluster has only one.");
  const { place, login } = parsePlace(options);
  return { place, login, heartbeatMs, connectTimeoutMs, logEntries, troubles: new Troubles(onError) };
}

function parsePlace(options: RedisOptions): Pick<Settings, "place" | "login"> {
  if (options.url !== undefined) return parseUrl(options);
  const { username, password } = options;
  const tls = options.tls === true ? {} : options.tls || undefined;
  if (options.cluster !== undefined) {
    const nodes = parseNodes("cluster.nodes", options.cluster.nodes, SERVER_PORT);
    return { place: { kind: "cluster", nodes }, login: { username, password, database: 0, tls } };
  }
  const { sentinel, database = 0 } = options;
  if (!sentinel.name) throw new CacheOptionError('sentinel.name must be what the Sentinels call the servers, e.g. "mymaster".');
  if (!(Number.isSafeInteger(database) && database >= 0))
    throw new CacheOptionError(`database must be 0 or a positive integer, not ${database}.`);
  const nodes = parseNodes("sentinel.nodes", sentinel.nodes, SENTINEL_PORT);
  const sentinelLogin = { username: sentinel.username, password: sentinel.password, database: 0, tls };
  return { place: { kind: "sentinel", name: sentinel.name, nodes, login: sentinelLogin }, login: { username, password, database, tls } };
}

function parseUrl(options: CommonOptions & OneServer): Pick<Settings, "place" | "login"> {
  const url = splitUrl(options.url, SERVER_PORT);
  if (url === undefined) {
    throw new CacheOptionError(
      "url must be redis://user:password@host:port/database, or rediss:// for TLS; all but the host may be left out, and what is special in user or password must be written as %xx.",
    );
  }
  const { address, secure, database } = url;
  if (!secure && options.tls) throw new CacheOptionError("tls needs a url that begins with rediss://.");
  for (const name of ["username", "password"] as const) {
    if (options[name] !== undefined && url[name] !== undefined)
      throw new CacheOptionError(`Give the ${name} in the url or as an option, not both.`);
  }
  const { username = url.username, password = url.password } = options;
  const tls = !secure ? undefined : typeof options.tls === "object" ? options.tls : {};
  return { place: { kind: "server", address }, login: { username, password, database, tls } };
}

function parseNodes(name: string, nodes: readonly string[], defaultPort: number): readonly Address[] {
  if (!Array.isArray(nodes) || nodes.length === 0) throw new CacheOptionError(`${name} must name at least one node as "host:port".`);
  return nodes.map((node) => {
    const url = /[@/?#]/.test(node) ? undefined : splitUrl(`redis://${node}`, defaultPort);
    if (url === undefined)
      throw new CacheOptionError(`${name} must be "host:port" each, user, password and TLS being options of their own.`);
    return url.address;
  });
}

/** The parts of a `redis:` or `rediss:` URL; `undefined` if it is none, or has what we know nothing of. */
function splitUrl(text: string, defaultPort: number) {
  try {
    const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
    const path = /^\/?(\d*)$/.exec(pathname);
    if (!/^rediss?:$/.test(protocol) || hostname === "" || path === null || search + hash !== "") return undefined;
    return {
      secure: protocol === "rediss:",
      // The brackets around an IPv6 address are the URL's, not the address's.
      address: { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? defaultPort : Number(port) },
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(password) || undefined,
      database: Number(path[1]),
    };
  } catch {
    return undefined;
  }
}

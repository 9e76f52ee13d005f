import type { RedisOptions } from "@qrcards/cache/redis";

/** Where Redis is, however many servers that is. */
export interface RedisPlace {
  /** What `redis` of the cache takes. */
  readonly options: RedisOptions;
  /** The address without user, password and parameters, for logs and people. */
  readonly label: string;
}

const SINGLE = "redis://USER:PASSWORD@HOST:PORT/DATABASE";
const SENTINEL = "redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME/DATABASE";
const CLUSTER = "redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT";

/** The address of several servers: no URL by the standard (RFC 3986 has one host), but what other clients take as well. */
const SEVERAL =
  /^(?<scheme>(?<one>rediss?)\+(?<kind>sentinel|cluster)):\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?<path>[^?#]*)(?:\?(?<query>[^#]*))?$/;

/**
 * Reads the address of one Redis, of Sentinels or of a cluster. Calls `problem` and returns `undefined` for what is none. Never
 * quotes what was given: it may hold a password.
 */
export function parseRedisUrl(text: string, problem: (message: string) => void): RedisPlace | undefined {
  if (!/^rediss?\+/.test(text)) return parseSingle(text, problem);
  const { scheme, one, kind, login, hosts, path, query } = SEVERAL.exec(text)?.groups ?? {};
  const nodes = hosts?.split(",");
  const who = parseLogin(login);
  if (nodes === undefined || !nodes.every(isNode) || who === undefined) {
    problem(`REDIS_URL must be ${SENTINEL} or ${CLUSTER}; rediss+ is for TLS, user, password and ports may be left out.`);
    return undefined;
  }
  const common = { ...who, ...(one === "rediss" && { tls: true }) };
  const label = `${scheme}://${hosts}${path}`;
  if (kind === "cluster") {
    if (/^\/?$/.test(path!) && query === undefined) return { options: { ...common, cluster: { nodes } }, label };
    problem(`REDIS_URL must be ${CLUSTER}: a cluster has one database, and there is nothing else to say of it.`);
    return undefined;
  }
  const [, name, database = "0"] = /^\/([^/]+)(?:\/(\d{1,9}))?$/.exec(path!) ?? [];
  const sentinels = parseSentinelLogin(query);
  if (name === undefined || !isDecodable(name) || sentinels === undefined) {
    problem(
      `REDIS_URL must be ${SENTINEL}, where NAME is what the Sentinels call the servers. What the Sentinels want themselves stands behind it: ?sentinel_username=USER&sentinel_password=PASSWORD.`,
    );
    return undefined;
  }
  return { options: { ...common, sentinel: { name: decodeURIComponent(name), nodes, ...sentinels }, database: Number(database) }, label };
}

function parseSingle(text: string, problem: (message: string) => void): RedisPlace | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const sound =
    url !== undefined &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== "" &&
    /^\/?\d*$/.test(url.pathname) &&
    `${url.search}${url.hash}` === "" &&
    isDecodable(url.username) &&
    isDecodable(url.password);
  if (sound) return { options: { url: text }, label: `${url.protocol}//${url.host}${url.pathname}` };
  problem(
    `REDIS_URL must be ${SINGLE}, or rediss:// for TLS; all but the host may be left out. Several servers: ${SENTINEL} or ${CLUSTER}.`,
  );
  return undefined;
}

/** A host and perhaps a port, as a URL has them. */
function isNode(text: string): boolean {
  return URL.canParse(`redis://${text}`) && new URL(`redis://${text}`).hostname !== "";
}

type WhoLogsIn = { readonly username?: string; readonly password?: string };

/** @returns undefined if it cannot be decoded */
function parseLogin(text = ""): WhoLogsIn | undefined {
  const [, username = "", password = ""] = /^([^:]*):?(.*)$/.exec(text) ?? [];
  if (!isDecodable(username) || !isDecodable(password)) return undefined;
  return {
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
  };
}

/** @returns undefined if there is anything else */
function parseSentinelLogin(query = ""): WhoLogsIn | undefined {
  const { sentinel_username: username, sentinel_password: password, ...others } = Object.fromEntries(new URLSearchParams(query));
  if (Object.keys(others).length > 0) return undefined;
  return { ...(username && { username }), ...(password && { password }) };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

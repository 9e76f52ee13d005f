import { type AnswerOf, type PartValue, type Route, type RouteName, type Routes, routes } from "qrcards/contract";
import { ApiError } from "./api-error.ts";

export interface ClientOptions {
  /** Where the server is: `https://cards.example.org`. Default: where the page came from, in a browser. */
  readonly baseUrl?: string;
  /** `qrc_...`, as `qrcards token create` printed it. */
  readonly token?: string;
  /** Default the global one. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  /** For edits: the same request under the same key is carried out once. */
  readonly idempotencyKey?: string;
  /** For edits: the revision that they are for, where the body does not say it. */
  readonly revision?: number;
  /** Of an uploaded image. Default `application/octet-stream`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

type PartsTaken<R extends Route> = {
  readonly [Part in "params" | "query" | "body" as PartValue<R, Part> extends undefined ? never : Part]: PartValue<R, Part>;
};

/** The parts that a route takes: `{ params, query, body }`, without those that it has not. One without a required field may be left out. */
export type Parts<R extends Route> = {
  readonly [Part in keyof PartsTaken<R> as Nothing extends PartsTaken<R>[Part] ? Part : never]?: PartsTaken<R>[Part];
} & {
  readonly [Part in keyof PartsTaken<R> as Nothing extends PartsTaken<R>[Part] ? never : Part]: PartsTaken<R>[Part];
};

type Nothing = Record<never, never>;

type Call<R extends Route> =
  Nothing extends Parts<R>
    ? (parts?: Parts<R>, options?: CallOptions) => Promise<AnswerOf<R>>
    : (parts: Parts<R>, options?: CallOptions) => Promise<AnswerOf<R>>;

/** One method for each route of the API, by its name in the contract. Each rejects with an `ApiError` when the server refuses. */
export type Client = { readonly [Name in RouteName]: Call<Routes[Name]> };

export function createClient(options: ClientOptions = {}): Client {
  const calls = Object.entries(routes).map(([name, route]) => [
    name,
    (parts?: AnyParts, how?: CallOptions) => call(options, route, parts, how),
  ]);
  return Object.fromEntries(calls) as Client;
}

interface AnyParts {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

async function call(
  { baseUrl = "", token, fetch: send = fetch }: ClientOptions,
  route: Route,
  parts: AnyParts = {},
  options: CallOptions = {},
): Promise<unknown> {
  const headers = new Headers({ accept: "application/json" });
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (options.idempotencyKey !== undefined) headers.set("idempotency-key", options.idempotencyKey);
  if (options.revision !== undefined) headers.set("if-match", `"${options.revision}"`);

  const init: RequestInit = { method: route.method, headers };
  if (options.signal !== undefined) init.signal = options.signal;
  if (parts.body instanceof Uint8Array) {
    headers.set("content-type", options.contentType ?? "application/octet-stream");
    init.body = parts.body as Uint8Array<ArrayBuffer>;
  } else if (parts.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(parts.body);
  }

  const response = await send(baseUrl + target(route, parts), init);
  const text = await response.text();
  if (!response.ok) throw new ApiError(response, text);
  return JSON.parse(text);
}

function target({ path }: Route, { params = {}, query = {} }: AnyParts): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}

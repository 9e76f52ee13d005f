/** The browser's side: for now the typed client of the API, for browsers and for Node. */
export { ApiError } from "./api/api-error.ts";
export { type CallOptions, type Client, type ClientOptions, createClient, type Parts } from "./api/client.ts";

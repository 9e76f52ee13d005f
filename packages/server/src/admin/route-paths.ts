import { type Method, type Route, routes } from "../contract/index.ts";

/** As Fastify's router writes it: `/api/nodes/:nodeId`. */
export function routerPath({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/**
 * What may be done at an address, for `Allow` (RFC 9110 §10.2.1).
 *
 * @param path without a query
 * @returns undefined when no route has that address
 */
export function findAllowedMethods(path: string): string | undefined {
  const methods = new Set<Method | "HEAD" | "OPTIONS">();
  for (const { pattern, method } of PATTERNS) {
    if (!pattern.test(path)) continue;
    methods.add(method).add("OPTIONS");
    if (method === "GET") methods.add("HEAD");
  }
  return methods.size === 0 ? undefined : [...methods].sort().join(", ");
}

const PATTERNS = Object.values(routes).map(({ path, method }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

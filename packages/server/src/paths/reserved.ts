/** First words of an address that are the server's own. Below the root nothing is reserved. */
const RESERVED_ROOTS: readonly string[] = [
  "api",
  "admin",
  "assets",
  "c",
  "healthz",
  "readyz",
  "metrics",
  "search",
  "login",
  "setup",
  "docs",
  "robots.txt",
  "sitemap.xml",
  "llms.txt",
  "favicon.ico",
  ".well-known",
];

/** Everything that starts with a hyphen is kept for routes to come; a slug never does. */
export function isReservedRoot(slug: string): boolean {
  return slug.startsWith("-") || RESERVED_ROOTS.includes(slug);
}

/**
 * What a token may do. No scope implies another one: a token that edits and reads has both. `admin` alone stands for all.
 *
 * - `read`: see everything, drafts and deleted pages too
 * - `edit`: create, change, move, merge, delete and restore; what it creates is a draft
 * - `publish`: name the states `public` and `unlisted` in an edit, which needs `edit` besides
 * - `operate`: watch and flush the caches
 * - `admin`: all of these
 */
export const SCOPES = ["read", "edit", "publish", "operate", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

/** Whether a token with these scopes may do what needs `needed`. */
export function grants(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.includes(needed) || scopes.includes("admin");
}

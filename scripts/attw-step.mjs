import { getFullTool } from "./full-tools.mjs";
import { withPackedCache } from "./package/pack-cache.mjs";
import { failed, runTool } from "./steps.mjs";

/**
 * Whether every way of resolving the package's types finds the ones of the code that runs (Are The Types Wrong).
 *
 * By the profile `esm-only`: the cache has no CommonJS twin on purpose. Two copies in one process would be two caches of the
 * same namespace that do not hear of each other's deletes, and two classes `CacheError`. CommonJS on Node 20.19 and newer can
 * `require` it as it is.
 *
 * @type {import("./steps.mjs").Step}
 */
export const attwStep = {
  name: "attw",
  what: "the types of @qrcards/cache, however they are resolved (attw)",
  run: () =>
    withPackedCache(async ({ tarball }) => {
      const code = await runTool(getFullTool("attw"), [tarball, "--profile", "esm-only", "--no-emoji", "--format", "ascii"]);
      return code === 0 ? { passed: 1, failed: 0, skipped: 0, failures: [] } : failed(`attw ended with code ${code}; see above`);
    }),
};

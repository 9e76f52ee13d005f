import { defineConfig } from "vitest/config";

const resolve = { conditions: ["qrcards-source", "module", "node", "development|production"] };

/** The cache's own unit tests: for each mutant those run that reach it. Not what is about something else, or runs a history of it. */
export default defineConfig({
  resolve,
  ssr: { resolve },
  test: {
    include: ["test/*.test.ts"],
    exclude: ["test/*.{db,full}.test.ts", "test/readme.test.ts"],
    // A third faster. No test of the cache leaves anything behind in a module.
    isolate: false,
  },
});

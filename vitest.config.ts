import { defineConfig } from "vitest/config";

const resolve = { conditions: ["qrcards-source", "module", "node", "development|production"] };

/** One project a kind of test, so that `scripts/test.mjs` can run and count them one after another. */
export default defineConfig({
  test: {
    // Vitest leaves a core to whoever sits in front of the machine, which on two cores is half of it; much of what is tested waits.
    maxWorkers: "100%",
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text-summary", "html"] },
    projects: [
      project("unit", ["packages/*/test/**/*.test.ts"], ["packages/*/test/**/*.{db,browser,replay,full}.test.ts"], 10_000),
      project("db", ["packages/*/test/**/*.db.test.ts"], [], 30_000),
      project("replay", ["packages/*/test/**/*.replay.test.ts"], [], 240_000),
      project("browser", ["packages/*/test/**/*.browser.test.ts"], [], 60_000),
      project("full", ["packages/*/test/**/*.full.test.ts"], [], 600_000),
    ],
  },
});

function project(name: string, include: string[], exclude: string[], testTimeout: number) {
  return {
    resolve,
    ssr: { resolve },
    test: {
      name,
      include,
      exclude: ["**/node_modules/**", "**/dist/**", ...exclude],
      testTimeout,
      hookTimeout: 120_000,
      ...(name === "unit" ? {} : { globalSetup: ["scripts/test-services.mjs"] }),
    },
  };
}

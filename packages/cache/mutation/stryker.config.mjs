// Mutation testing of the path that a read and a write take, for `npm run test:full` (step `mutation`). Runs in packages/cache.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
const config = {
  mutate: ["entry", "flight", "read", "write"].map((name) => `src/${name}.ts`),
  testRunner: "vitest",
  vitest: { configFile: "mutation/vitest.config.ts" },
  coverageAnalysis: "perTest",
  // Beside what its tests take. Where the mutant loops for ever, as one in fifteen does, this is what it costs.
  timeoutMS: 3_000,
  ignorePatterns: ["dist"],
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false },
  jsonReporter: { fileName: "coverage/mutation.json" },
  thresholds: { high: 95, low: 85, break: 85 },
};

export default config;

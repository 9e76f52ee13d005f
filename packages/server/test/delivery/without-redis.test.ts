import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const SERVICES = new URL("../../src/services.ts", import.meta.url).href;
const CONFIG = new URL("../../src/config.ts", import.meta.url).href;

/** Opens all services, and says whether the Redis client was loaded. */
const PROGRAM = `
  import { createRequire } from "node:module";
  import { createServices } from ${JSON.stringify(SERVICES)};
  import { parseConfig } from ${JSON.stringify(CONFIG)};
  const services = await createServices(parseConfig(process.env));
  await services.close();
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  process.stdout.write(String(loaded.some((file) => file.includes("@redis"))));
`;

test.each([
  ["no Redis is asked for is not loaded", {}, "false"],
  ["one is asked for is loaded", { REDIS_URL: "redis://127.0.0.1:1" }, "true"],
])("the Redis client where %s", (_what, env, loaded) => {
  const folder = mkdtempSync(join(tmpdir(), "qrcards-without-redis-"));
  try {
    const args = ["--conditions=qrcards-source", "--input-type=module", "-e", PROGRAM];
    expect(execFileSync(process.execPath, args, { env: { QRCARDS_DATA: folder, ...env }, encoding: "utf8" })).toBe(loaded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

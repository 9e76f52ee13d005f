import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const redisUrl = inject("redisUrl");
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "qrcards-cache-readme-"));
  symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(folder, "node_modules"), "junction");
});
afterAll(() => rmSync(folder, { recursive: true }));

test("there are examples, the first of at most twenty lines", () => {
  expect(examples).toHaveLength(2);
  expect(examples[0]?.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
});

test.skipIf(redisUrl === undefined).each(examples.map((code, i) => [i + 1, code]))("example %i runs as it stands", async (number, code) => {
  const file = join(folder, `example-${number}.mts`);
  writeFileSync(file, code);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=qrcards-source", "--disable-warning=ExperimentalWarning", file],
    { env: { ...process.env, REDIS_URL: redisUrl } },
  );
  if (number === 1) expect(stdout).toContain("Hello Ada");
});

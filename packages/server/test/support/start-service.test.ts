import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { makeServiceFolder, startService } from "../../../../scripts/services/start-service.mjs";

const START_SERVICE = new URL("../../../../scripts/services/start-service.mjs", import.meta.url).href;

/** A service that says "ready", and stays. */
const STAYS = [process.execPath, "-e", 'console.log("ready"); setInterval(() => {}, 1000);'];

function options(...steps: string[][]) {
  return { name: "A service", steps, folder: makeServiceFolder("test"), ready: /ready/, stopSignal: "SIGTERM" as const };
}

test("a service that is stopped leaves nothing behind", async () => {
  const service = options(STAYS);
  const stop = await startService(service);
  expect(existsSync(service.folder)).toBe(true);
  await stop();
  expect(existsSync(service.folder)).toBe(false);
});

test("what prepares a service runs before it, in its folder", async () => {
  const service = options([process.execPath, "-e", 'require("node:fs").writeFileSync("prepared", "")'], STAYS);
  const stop = await startService(service);
  expect(existsSync(join(service.folder, "prepared"))).toBe(true);
  await stop();
});

/** Says why on stderr, and ends. */
const FAILS = [process.execPath, "-e", 'console.error("the reason"); process.exit(3);'];

test.each<[string, string[][], string]>([
  ["that fails", [FAILS], "the reason"],
  ["whose preparation fails", [FAILS, STAYS], "the reason"],
  ["that is not there", [["/no/such/program"]], "ENOENT"],
])("a service %s says why, and leaves nothing behind", async (_title, steps, reason) => {
  const service = options(...steps);
  await expect(startService(service)).rejects.toThrow(reason);
  expect(existsSync(service.folder)).toBe(false);
});

test("a service ends with its starter, even one that was killed", async () => {
  const service = options(STAYS);
  const program = `
    const { startService } = await import(${JSON.stringify(START_SERVICE)});
    await startService({ ...${JSON.stringify(service)}, ready: /ready/ });
    console.log("started");`;
  const starter = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  try {
    await once(starter.stdout, "data");
    expect(existsSync(service.folder)).toBe(true);
    starter.kill("SIGKILL");
    await vi.waitFor(() => expect(existsSync(service.folder)).toBe(false), 5_000);
  } finally {
    starter.kill("SIGKILL");
    rmSync(service.folder, { recursive: true, force: true });
  }
});

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { Explanation, Stats } from "../src/index.ts";
import { redisProgram, startRedisServer } from "./support/redis-server.ts";

const EXAMPLE = new URL("../../../examples/cache-in-fastify/", import.meta.url);

/** The example as a process of its own, on a free port. */
class Server {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #address: Promise<string>;

  constructor(redisUrl: string) {
    this.#child = spawn(process.execPath, ["--conditions=qrcards-source", fileURLToPath(new URL("server.mjs", EXAMPLE))], {
      env: { ...process.env, REDIS_URL: redisUrl, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
    this.#address = once(this.#child.stdout, "data").then(([line]) => `${line}`.trim());
  }

  async ask(path: string, init?: RequestInit) {
    const response = await fetch(new URL(path, await this.#address), init);
    return { status: response.status, body: (await response.json()) as unknown };
  }

  async stats(): Promise<Stats> {
    return (await this.ask("/cache")).body as Stats;
  }

  /** As a terminal or a container stops it. Resolves to its exit code. */
  async stop(): Promise<number | null> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code] = await exited;
    return code;
  }
}

test.skipIf(redisProgram === undefined)("the example loads once, for two processes, sees its own changes, and ends when told", async () => {
  const shared = await startRedisServer();
  onTestFinished(() => shared.stop());

  const one = new Server(shared.url);
  const lamp = { status: 200, body: { name: "Lamp", price: 20 } };
  await expect.poll(async () => (await one.stats()).coherence?.verified, { timeout: 10_000 }).toBe(true);
  expect([await one.ask("/products/1"), await one.ask("/products/1")]).toEqual([lamp, lamp]);
  expect(await one.stats()).toMatchObject({ loads: { installed: 1 }, reads: { miss: 1, hit: 1 } });
  await expect.poll(async () => ((await one.ask("/cache/product:1")).body as Explanation).l2?.verdict, { timeout: 10_000 }).toBe("current");

  const other = new Server(shared.url);
  await expect.poll(async () => (await other.stats()).coherence?.verified, { timeout: 10_000 }).toBe(true);
  expect(await other.ask("/products/1")).toEqual(lamp);
  expect(await other.stats()).toMatchObject({ loads: { installed: 0 }, hitsFromL2: 1 });

  const cheaper = { name: "Lamp", price: 18 };
  const put = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(cheaper) };
  expect((await one.ask("/products/1", put)).body).toEqual({ everywhere: "done" });
  expect((await one.ask("/products/1")).body).toEqual(cheaper);
  expect((await one.ask("/products/2")).status).toBe(404);
  expect([await one.stop(), await other.stop()]).toEqual([0, 0]);
});

test("the example asks for what is published and tested here", () => {
  const read = (path: string) => JSON.parse(readFileSync(new URL(path, EXAMPLE), "utf8"));
  const cache = read("../../packages/cache/package.json");
  expect(read("package.json").dependencies).toEqual({
    "@qrcards/cache": cache.version,
    "@redis/client": cache.devDependencies["@redis/client"],
    fastify: read("../../packages/server/package.json").dependencies.fastify,
  });
});

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { useCli } from "../cli/run-cli.ts";

const cli = useCli();
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

interface Running {
  readonly localUrl: string;
  readonly metricsUrl: string | null;
  stop(): Promise<void>;
}

async function serve(env: Readonly<Record<string, string>>): Promise<Running> {
  const child = cli.start(["serve", "--json"], { PORT: "0", HOST: "127.0.0.1", ...env });
  running.push(child);
  let output = "";
  for await (const part of child.stdout!) {
    output += part;
    if (output.endsWith("}\n")) break;
  }
  const { localUrl, metricsUrl } = JSON.parse(output) as Running;
  const stop = async () => {
    const exit = once(child, "exit");
    child.kill("SIGINT");
    await exit;
  };
  return { localUrl, metricsUrl, stop };
}

/** The values of one metric by its labels. */
async function scrape(url: string, name: string): Promise<Record<string, number>> {
  const text = await (await fetch(url)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

test("one process serves its metrics itself, on a port of its own", async () => {
  const { localUrl, metricsUrl, stop } = await serve({ METRICS_PORT: "0" });
  await fetch(localUrl);
  await fetch(localUrl);
  await expect
    .poll(() => scrape(metricsUrl!, "qrcards_requests_total"))
    .toMatchObject({
      '{kind="page",status="2xx",cache="miss"}': 1,
      '{kind="page",status="2xx",cache="hit"}': 1,
    });
  expect(await scrape(metricsUrl!, "qrcards_pages")).toEqual({ "": 1 });
  expect((await fetch(new URL("/metrics", localUrl))).status).toBe(404);
  await stop();
  await expect(fetch(metricsUrl!)).rejects.toThrow();
});

test("several workers are one server to Prometheus", async () => {
  const { localUrl, metricsUrl, stop } = await serve({ METRICS_PORT: "0", WORKERS: "2" });
  const asked = 20;
  for (let times = 0; times < asked; times += 1) await fetch(localUrl, { headers: { connection: "close" } });
  const answered = async () => Object.values(await scrape(metricsUrl!, "qrcards_requests_total")).reduce((sum, count) => sum + count, 0);
  await expect.poll(answered).toBe(asked);
  expect(Object.keys(await scrape(metricsUrl!, "qrcards_database_up"))).toEqual(['{worker="1"}', '{worker="2"}']);
  await stop();
});

test("a metrics port that was asked for and is taken ends the start with a reason", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  for (const WORKERS of ["1", "2"]) {
    const { code, stderr } = await cli.run(["serve"], { env: { PORT: "0", HOST: "127.0.0.1", WORKERS, METRICS_PORT: String(port) } });
    expect([WORKERS, code]).toEqual([WORKERS, 2]);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(`METRICS_PORT is ${port}, where another program listens already.`);
  }
  taken.close();
});

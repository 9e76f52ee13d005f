import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import type { MetricsConfig } from "../../src/config.ts";
import { startMetricsServer } from "../../src/operations/metrics-server.ts";

const LOOPBACK = { host: "127.0.0.1", portIsSet: true };
const TEXT = "# HELP a A.\n# TYPE a gauge\na 1\n";

async function withServer(work: (url: string) => Promise<void>): Promise<void> {
  const server = (await startMetricsServer(
    { metrics: { ...LOOPBACK, port: 0 } },
    async () => TEXT,
    () => {},
  ))!;
  try {
    await work(server.url);
  } finally {
    await server.close();
  }
}

/** A port that somebody else listens on. */
async function withTakenPort(work: (port: number) => Promise<void>): Promise<void> {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  await work((taken.address() as AddressInfo).port);
  taken.close();
}

test("metrics are read at their address, and nothing else is there", async () => {
  await withServer(async (url) => {
    const response = await fetch(url);
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
      TEXT,
    ]);
    expect((await fetch(`${url}?name[]=a`)).status).toBe(200);
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(TEXT.length), ""]);
    const post = await fetch(url, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    for (const path of ["/", "/metrics/", "/api/trips", "/healthz"]) expect((await fetch(new URL(path, url))).status).toBe(404);
  });
});

test("a connection that asks nothing does not keep the server from closing", async () => {
  let idle: ReturnType<typeof connect> | undefined;
  await withServer(async (url) => {
    idle = connect(Number(new URL(url).port), "127.0.0.1");
    idle.on("error", () => {});
    await once(idle, "connect");
  });
  idle?.destroy();
});

const start = (metrics: MetricsConfig, notes: string[] = []) =>
  startMetricsServer(
    { metrics },
    async () => TEXT,
    (text) => notes.push(text),
  );

test("a default port that is taken turns metrics off with one remark", async () => {
  await withTakenPort(async (port) => {
    const notes: string[] = [];
    expect(await start({ ...LOOPBACK, port, portIsSet: false }, notes)).toBe(undefined);
    expect(notes).toEqual([expect.stringMatching(`^Metrics are off: port ${port}, .* in use already`)]);
  });
});

test("a port that was asked for and is taken is an error of the settings", async () => {
  await withTakenPort(async (port) => {
    const error = { code: "config-invalid", message: `METRICS_PORT is ${port}, where another program listens already.` };
    await expect(start({ ...LOOPBACK, port })).rejects.toMatchObject(error);
  });
});

test("a host that is not this machine's is an error of the settings", async () => {
  const error = { code: "config-invalid", message: 'METRICS_HOST is "192.0.2.200", which is no address of this machine.' };
  await expect(start({ host: "192.0.2.200", port: 0, portIsSet: false })).rejects.toMatchObject(error);
});

test("metrics that are off listen nowhere", async () => {
  expect(await start({ ...LOOPBACK, port: undefined })).toBe(undefined);
});

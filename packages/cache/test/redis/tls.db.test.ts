import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { findExecutable } from "../../../../scripts/services/find-executable.mjs";
import { findFreePort } from "../../../../scripts/services/start-service.mjs";
import { connect, openConnection } from "../support/redis-connection.ts";
import { redisProgram, startRedisServer } from "../support/redis-server.ts";

const openssl = findExecutable(["openssl"]);
if (openssl === undefined) process.stderr.write("openssl is not in PATH. The tests of TLS are skipped.\n");

describe.skipIf(redisProgram === undefined || openssl === undefined)("rediss://", () => {
  const folder = mkdtempSync(join(tmpdir(), "qrcards-tls-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A key and a certificate for this machine's loopback, by nobody but itself. */
  function makeCertificate(name: string) {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
    const what = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
    const who = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync(openssl!, ["req", "-x509", ...what, ...who, "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { key, cert };
  }

  async function startTlsServer() {
    const [own, clients] = [makeCertificate("server"), makeCertificate("client")];
    const port = await findFreePort();
    const files = ["--tls-cert-file", own.cert, "--tls-key-file", own.key, "--tls-ca-cert-file", clients.cert];
    const server = await startRedisServer({ args: ["--port", "0", "--tls-port", `${port}`, "--requirepass", "secret", ...files] });
    onTestFinished(() => server.stop());
    const tls = { ca: readFileSync(own.cert), key: readFileSync(clients.key), cert: readFileSync(clients.cert) };
    return { url: `rediss://:secret@127.0.0.1:${port}`, port, tls };
  }

  test("keeps frames, carries signals and the log, with a certificate on both sides", async () => {
    const { url, tls } = await startTlsServer();
    const { tier, bus, authority } = await connect({ url, tls });
    await tier.set("k", Buffer.alloc(200_000, "x"), 60_000);
    expect(await tier.get(["k"])).toEqual([Buffer.alloc(200_000, "x")]);
    const heard: string[] = [];
    bus.subscribe((what) => heard.push(what));
    await vi.waitUntil(() => heard.includes("gap"));
    await bus.signal();
    await vi.waitUntil(() => heard.includes("signal"));
    await authority.bump(["t"]);
  });

  test("does not connect to whom it does not know, nor without TLS, nor where it is not known itself", async () => {
    const { url, port, tls } = await startTlsServer();
    const attempts = [{ url }, { url, tls: { ca: tls.ca } }, { url: `redis://:secret@127.0.0.1:${port}` }];
    for (const options of attempts) {
      const told: Error[] = [];
      const { tier } = openConnection({ ...options, onError: (error) => told.push(error) });
      await vi.waitUntil(() => told.length > 0, { timeout: 5_000 });
      await expect(tier.get(["k"])).rejects.toMatchObject({ code: "not-connected" });
    }
  });
});

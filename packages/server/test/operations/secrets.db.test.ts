import { fork } from "node:child_process";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { routes } from "qrcards/contract";
import { expect, test } from "vitest";
import { createToken } from "../../src/admin/tokens.ts";
import { exchange } from "../delivery/raw-exchange.ts";
import { eventually } from "../delivery/test-site.ts";
import { useSqlite } from "../support/databases.ts";

const PROGRAM = fileURLToPath(new URL("../delivery/server-process.ts", import.meta.url));
const makeDatabase = useSqlite();

/** Stands in every secret, and nowhere else. */
const MARK = "hushhush";

const PUBLIC_TARGETS = [
  "/",
  "/book/one",
  "/c/4Q7RZ2MK",
  "/assets/x/y.png",
  "/robots.txt",
  "/sitemap.xml",
  "/healthz",
  "/readyz",
  "/metrics",
  "/admin",
];

/** Requests to every route, each with secrets wherever a request can have some. */
function* requestsWithSecrets(token: string): Generator<string> {
  const address = `http://user:${MARK}@host.example`;
  const headers = [
    "Host: cards.example.org",
    "Connection: close",
    `Cookie: session=${MARK}`,
    `X-Api-Key: ${MARK}`,
    `Referer: https://cards.example.org/?token=${MARK}`,
    `User-Agent: ${MARK}`,
    `Idempotency-Key: ${MARK}`,
  ];
  const query = `?token=${MARK}&password=${MARK}&next=${encodeURIComponent(address)}`;
  const write = (method: string, target: string, authorization: string, body: string) =>
    `${[
      `${method} ${target} HTTP/1.1`,
      ...headers,
      `Authorization: ${authorization}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
    ].join("\r\n")}\r\n\r\n${body}`;

  const body = JSON.stringify({ title: MARK, password: MARK, [MARK]: 1 });
  for (const { method, path } of Object.values(routes)) {
    const target = path.replaceAll(/\{\w+\}/g, "1");
    for (const authorization of [`Bearer ${token}`, `Bearer qrc_abcdefghjkmn_${MARK}`, `Basic ${MARK}`])
      yield write(method, target + query, authorization, method === "GET" ? "" : body);
    yield write(method, path.replaceAll(/\{\w+\}/g, `qrc_abcdefghjkmn_${MARK}`), `Bearer ${token}`, "");
    yield write(method, path.replaceAll(/\{\w+\}/g, encodeURIComponent(address)), `Bearer ${token}`, `{"broken": "${MARK}`);
  }
  for (const target of PUBLIC_TARGETS) {
    for (const method of ["GET", "HEAD", "POST"]) yield write(method, target + query, `Bearer ${token}`, "");
    yield write("GET", `${target.replace(/\/$/, "")}/qrc_abcdefghjkmn_${MARK}`, `Bearer ${token}`, "");
  }
  yield write("GET", `${address}/book`, `Bearer ${token}`, "");
  yield write("GET", `//user:${MARK}@host/book`, `Bearer ${token}`, "");
  yield write("GET", `/go/${address}`, `Bearer ${token}`, "");
  yield write("GET", `/book#${MARK}`, `Bearer ${token}`, "");
  // What Node itself refuses.
  yield `GET /book HTTP/1.1\r\nHost: x\r\nAuthorization ${MARK}\r\n\r\n`;
  yield `BREW /book?${MARK} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

test("no secret of a request is ever in the log, and no request has two lines", async () => {
  const { url, db } = await makeDatabase();
  // Its text is the secret: what follows the id.
  const { text: token } = await createToken(db, { name: "test", scopes: ["read"], expiresInMs: null });
  const secret = token.split("_").at(-1)!;
  const env = { DATABASE_URL: url, LOG_LEVEL: "info", LOG_SAMPLE: "1", RENDER_THREADS: "1" };
  const child = fork(PROGRAM, { env: { ...process.env, ...env }, silent: true });
  const written = text(child.stdout!);
  const complaints = text(child.stderr!);
  const [port] = (await once(child, "message")) as [number];

  let sent = 0;
  const ask = async (bytes: string) => {
    sent += 1;
    return exchange(port, bytes);
  };
  for (const bytes of requestsWithSecrets(token)) expect((await ask(bytes)).statuses, bytes).toHaveLength(1);

  // The same while the database is away, so that there are errors to be told.
  const file = url.slice("sqlite:".length);
  renameSync(file, `${file}.away`);
  const page = `GET /book/one?token=${MARK} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  await eventually(
    10_000,
    () => ask(page),
    ({ statuses }) => statuses[0] === 503,
  );
  renameSync(`${file}.away`, file);

  child.send("close");
  await once(child, "exit");
  const log = await written;
  expect(await complaints).toBe("");
  expect(log).not.toContain(MARK);
  expect(log).not.toContain(secret);
  const lines = log
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: number; msg: string; count?: number; err?: unknown; database?: string })
    // That it went and came back is no request's line.
    .filter(({ database }) => database === undefined);
  expect(lines.some(({ level, err }) => level === 50 && err !== undefined)).toBe(true);
  expect(lines.some(({ msg }) => msg === "answered")).toBe(true);
  const told = lines.reduce((sum, { count = 1 }) => sum + count, 0);
  expect(told).toBe(sent);
}, 60_000);

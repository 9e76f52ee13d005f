import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { plantTrip } from "./plant-trip.ts";
import { startSite } from "./test-site.ts";

/** Far below the 5 s for which Node keeps idle connections, and the 10 s for which it waits for a request's head. */
const PROMPT_MS = 3_000;

const PROGRAM = fileURLToPath(new URL("./server-process.ts", import.meta.url));
const REQUEST = "GET /log/one HTTP/1.1\r\nHost: localhost\r\n\r\n";

async function open(port: number, text = ""): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

async function answer(socket: Socket): Promise<string> {
  let heard = "";
  for await (const [text] of on(socket, "data", { close: ["close"] })) {
    heard += text;
    if (heard.endsWith("</html>\n")) break;
  }
  return heard;
}

eachDatabase((makeDatabase) => {
  describe("a server that closes", () => {
    const sockets: Socket[] = [];
    let child: ChildProcess | undefined;
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.destroy();
      if (child?.exitCode === null) child.kill("SIGKILL");
    });

    test("ends its process, whatever connections browsers hold open", async () => {
      const { url } = await makeDatabase();
      child = fork(PROGRAM, { env: { ...process.env, DATABASE_URL: url, LOG_LEVEL: "silent" } });
      const [port] = (await once(child, "message")) as [number];
      const used = await open(port, REQUEST);
      await once(used, "data");
      // One was used, one opened in advance, one is in the middle of a request's head, one in that of its second.
      sockets.push(used, await open(port), await open(port, "GET / HT"), await open(port, `${REQUEST}GET / HT`));
      await once(sockets.at(-1)!, "data");

      const closed = Promise.all(sockets.map((socket) => once(socket, "close")));
      for (const socket of sockets) socket.resume().on("error", () => {});
      child.send("close");
      const [code] = await once(child, "exit", { signal: AbortSignal.timeout(PROMPT_MS) });
      expect(code).toBe(0);
      await closed;
    });

    test("answers what is under way, then closes that connection too, and takes no new one", async () => {
      const { url } = await makeDatabase({ migrated: false });
      const site = await startSite({ databaseUrl: url });
      await plantTrip(site.services, { title: "Log", children: [{ title: "One" }] });
      const { trips } = site.services;
      const begun = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      trips.content = async (hash) => {
        Reflect.deleteProperty(trips, "content");
        begun.resolve();
        await held.promise;
        return trips.content(hash);
      };
      const socket = await open(site.port, REQUEST);
      sockets.push(socket);
      await begun.promise;
      let heard = "";
      socket.on("data", (text: string) => {
        heard += text;
      });
      const ended = once(socket, "close", { signal: AbortSignal.timeout(PROMPT_MS) });

      const closing = site.close();
      await expect(open(site.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
      held.resolve();
      await ended;
      await closing;
      expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(heard).toMatch(/<h1>One<\/h1>[\s\S]*<\/html>\n$/);
    });

    test("told to drain still answers what comes on a connection that was idle, and ends it with that answer", async () => {
      const { url } = await makeDatabase({ migrated: false });
      const site = await startSite({ databaseUrl: url });
      await plantTrip(site.services, { title: "Log", children: [{ title: "One" }] });
      const socket = await open(site.port, REQUEST);
      sockets.push(socket);
      expect(await answer(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: keep-alive\r\n/i);

      const drained = site.app.drain();
      expect(site.app.draining).toBe(true);
      await expect(open(site.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
      const ended = once(socket, "close");
      socket.write(REQUEST);
      expect(await answer(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n/i);
      await ended;
      await drained;
      await site.close();
    });
  });
});

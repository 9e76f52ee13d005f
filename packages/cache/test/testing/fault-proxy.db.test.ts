import { once } from "node:events";
import { connect } from "node:net";
import { expect, inject, onTestFinished, test } from "vitest";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";

const redisUrl = inject("redisUrl");

/** What a server answers to these commands until it ends the connection. */
async function ask(url: string, commands: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding("utf8");
  onTestFinished(() => void socket.destroy());
  let answer = "";
  socket.on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.write(commands);
  await once(socket, "end");
  return answer;
}

const COMMANDS = `ECHO "${"long ".repeat(40)}"\r\nPING\r\nINCR\r\nQUIT\r\n`;

test.skipIf(redisUrl === undefined)("a real Redis answers the same through a slow proxy that tears everything into pieces", async () => {
  const proxy = await startFaultProxy({ target: redisUrl ?? "" });
  onTestFinished(() => proxy.close());
  proxy.slice(7);
  proxy.delay(2, { jitterMs: 3 });
  const direct = await ask(redisUrl ?? "", COMMANDS);
  expect(direct).toContain("+PONG");
  expect(await ask(proxy.url, COMMANDS)).toBe(direct);
  expect(proxy.stats.bytes).toEqual({ toTarget: COMMANDS.length, toClient: direct.length });
});

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What stands before several machines: it gives each request to the next one that is ready. */
export interface FrontProxy {
  readonly port: number;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 50;

/**
 * As proxies do it: asks each machine at `/readyz` whether it wants requests, and gives a request that changes nothing, and of which
 * no answer has come, to another machine.
 *
 * @param ports of the machines
 */
export async function startFrontProxy(ports: readonly number[]): Promise<FrontProxy> {
  const agent = new Agent({ keepAlive: true });
  const ready = new Set(ports);
  let turn = 0;

  const look = setInterval(() => {
    for (const port of ports) {
      const asked = request({ host: "127.0.0.1", port, path: "/readyz", agent: false, timeout: 1_000 }, (response) => {
        response.resume();
        if (response.statusCode === 200) ready.add(port);
        else ready.delete(port);
      });
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => ready.delete(port));
      asked.end();
    }
  }, LOOK_EVERY_MS);

  function pass(incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer, tried: readonly number[]): void {
    const candidates = [...(ready.size > 0 ? ready : ports)].filter((port) => !tried.includes(port));
    const port = candidates[turn++ % candidates.length];
    if (port === undefined) {
      outgoing.writeHead(502).end();
      return;
    }
    const { method, url: path, headers } = incoming;
    const passed = request({ host: "127.0.0.1", port, method, path, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => {
      if (outgoing.headersSent) outgoing.destroy();
      else if (method === "GET") pass(incoming, outgoing, body, [...tried, port]);
      else outgoing.writeHead(502).end();
    });
    passed.end(body);
  }

  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => pass(incoming, outgoing, Buffer.concat(parts), []));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      clearInterval(look);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

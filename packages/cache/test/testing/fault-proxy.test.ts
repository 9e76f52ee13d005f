import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ManualClock } from "../../src/clock.ts";
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from "../../src/testing/fault-proxy.ts";

/** Sends back whatever it gets, and ends when it is told that there is no more. */
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  served.push(socket);
  socket.on("data", (chunk: Buffer) => {
    heard.push(chunk.toString());
    socket.write(chunk);
  });
  socket.on("end", () => {
    heard.push("<end>");
    socket.end("goodbye");
  });
  socket.on("error", (error: NodeJS.ErrnoException) => heard.push(`<${error.code}>`));
});
let served: Socket[] = [];
let heard: string[] = [];
let proxy: FaultProxy;
let clients: Socket[] = [];

beforeEach(async () => {
  served = [];
  heard = [];
  clients = [];
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  await proxy.close();
  for (const socket of [...clients, ...served]) socket.destroy();
  server.close();
});

const targetPort = () => (server.address() as AddressInfo).port;

async function start(options: Partial<FaultProxyOptions> = {}): Promise<FaultProxy> {
  proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: targetPort() }, ...options });
  return proxy;
}

/** A client of the proxy; `got` is all that it was sent. */
async function dial() {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  clients.push(socket);
  await once(socket, "connect");
  const client = { socket, got: "", closed: once(socket, "close").catch((error: NodeJS.ErrnoException) => error.code) };
  socket.on("data", (chunk: Buffer) => {
    client.got += chunk.toString();
  });
  return client;
}

const until = (condition: () => void) => vi.waitFor(condition, { timeout: 5_000, interval: 5 });

test("without faults everything goes through, both ways, in order and to the last byte", async () => {
  await start();
  const { socket } = await dial();
  const sent = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 8)) % 251));
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  socket.end(sent);
  await once(socket, "end");
  expect(Buffer.concat(received).equals(Buffer.concat([sent, Buffer.from("goodbye")]))).toBe(true);
  expect(proxy.stats).toMatchObject({ connections: 1, bytes: { toTarget: 3_000_000, toClient: 3_000_007 } });
});

test("a paused direction holds its bytes back, loses none, and leaves the other one alone", async () => {
  await start();
  const client = await dial();
  proxy.pause("toClient");
  client.socket.write("one");
  await until(() => expect(heard.join("")).toBe("one"));
  client.socket.write("two");
  await until(() => expect(heard.join("")).toBe("onetwo"));
  expect(client.got).toBe("");
  expect(proxy.stats.bytes.toClient).toBe(0);
  proxy.resume("toClient");
  await until(() => expect(client.got).toBe("onetwo"));
});

test("connections are taken during a pause", async () => {
  await start();
  proxy.pause();
  const client = await dial();
  client.socket.write("one");
  await until(() => expect(proxy.stats.open).toBe(1));
  proxy.resume();
  await until(() => expect(client.got).toBe("one"));
});

test("a cut destroys what is open and refuses what comes, until it heals on the same port", async () => {
  const { port } = await start();
  const client = await dial();
  client.socket.write("one");
  await until(() => expect(client.got).toBe("one"));
  await proxy.cut();
  client.socket.end();
  await client.closed;
  await until(() => expect(served[0]?.readableEnded).toBe(true));
  await expect(dial()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await proxy.heal();
  expect(proxy.port).toBe(port);
  const next = await dial();
  next.socket.write("two");
  await until(() => expect(next.got).toBe("two"));
});

test("cuts and heals that overlap end as the last one says", async () => {
  await start();
  await Promise.all([proxy.cut(), proxy.heal(), proxy.cut(), proxy.heal()]);
  const client = await dial();
  await Promise.all([proxy.heal(), proxy.cut(), proxy.heal(), proxy.cut()]);
  client.socket.end();
  await client.closed;
  await expect(dial()).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a reset reaches both sides as a reset, and the next connection goes through", async () => {
  await start();
  const client = await dial();
  client.socket.write("one");
  await until(() => expect(client.got).toBe("one"));
  proxy.reset();
  expect(await client.closed).toBe("ECONNRESET");
  await until(() => expect(heard).toContain("<ECONNRESET>"));
  const next = await dial();
  next.socket.write("two");
  await until(() => expect(next.got).toBe("two"));
});

test("what is reset in the middle of its orderly end is gone, too", async () => {
  await start();
  const client = await dial();
  client.socket.write("hello");
  await until(() => expect(client.got).toBe("hello"));
  proxy.halfClose("toTarget");
  proxy.reset();
  await until(() => expect(proxy.stats.open).toBe(0));
});

test("a target that is not there looks like one that resets", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as AddressInfo;
  free.close();
  await start({ target: { host: "127.0.0.1", port } });
  const client = await dial();
  expect(await client.closed).toBe("ECONNRESET");
});

test("latency holds each piece back for its own time, so two that are sent together arrive together", async () => {
  const clock = new ManualClock();
  await start({ clock });
  const client = await dial();
  proxy.delay(100, { direction: "toClient" });
  client.socket.write("one");
  await until(() => expect(clock.alarms).toBe(1));
  clock.advance(60);
  client.socket.write("two");
  await until(() => expect(heard.join("")).toBe("onetwo"));
  clock.advance(39);
  expect(proxy.stats.bytes.toClient).toBe(0);
  clock.advance(1);
  expect(proxy.stats.bytes.toClient).toBe(3);
  await until(() => expect(clock.alarms).toBe(1));
  clock.advance(60);
  await until(() => expect(client.got).toBe("onetwo"));
});

test("jitter is drawn from the seed, and never lets one piece overtake another", async () => {
  const arrivals = async (seed: number) => {
    const clock = new ManualClock();
    await start({ clock, seed });
    const client = await dial();
    proxy.delay(0, { jitterMs: 1_000, direction: "toTarget" });
    const times: number[] = [];
    for (const piece of ["one", "two", "three"]) {
      client.socket.write(piece);
      await until(() => expect(clock.alarms).toBe(1));
      const before = proxy.stats.bytes.toTarget;
      while (proxy.stats.bytes.toTarget === before) clock.advance(1);
      times.push(clock.now());
    }
    await until(() => expect(client.got).toBe("onetwothree"));
    await proxy.close();
    return times;
  };
  const first = await arrivals(7);
  expect(await arrivals(7)).toEqual(first);
  expect(await arrivals(8)).not.toEqual(first);
});

test("slices arrive one by one, with a pause between them", async () => {
  const clock = new ManualClock();
  await start({ clock });
  const client = await dial();
  proxy.slice(2, { pauseMs: 10, direction: "toTarget" });
  client.socket.write("hello");
  await until(() => expect(heard).toEqual(["he"]));
  clock.advance(9);
  expect(proxy.stats.bytes.toTarget).toBe(2);
  clock.advance(1);
  await until(() => expect(heard).toEqual(["he", "ll"]));
  clock.advance(10);
  await until(() => expect(heard).toEqual(["he", "ll", "o"]));
  await until(() => expect(client.got).toBe("hello"));
});

test("a black hole swallows what comes while it is there, and nothing else", async () => {
  await start();
  const client = await dial();
  proxy.blackhole("toClient");
  client.socket.write("one");
  await until(() => expect(heard).toEqual(["one"]));
  client.socket.write("two");
  await until(() => expect(heard).toEqual(["one", "two"]));
  await proxy.heal();
  client.socket.write("three");
  await until(() => expect(client.got).toMatch(/three$/));
  expect(client.got).not.toContain("one");
});

test("garbage replaces one reply, and the next one is whole again", async () => {
  await start();
  const client = await dial();
  proxy.garble("?!");
  client.socket.write("one");
  await until(() => expect(client.got).toBe("?!"));
  client.socket.write("two");
  await until(() => expect(client.got).toBe("?!two"));
});

test("a half-closed connection still carries the other direction", async () => {
  await start();
  const client = await dial();
  client.socket.write("one");
  await until(() => expect(client.got).toBe("one"));
  proxy.halfClose("toTarget");
  await until(() => expect(client.got).toBe("onegoodbye"));
  expect(heard).toEqual(["one", "<end>"]);
});

test("a script runs its steps at their instants", async () => {
  const clock = new ManualClock();
  await start({ clock });
  const done: string[] = [];
  const step = (afterMs: number, name: string) => ({ afterMs, do: () => void done.push(`${name} at ${clock.now()}`) });
  const script = proxy.script([step(100, "a"), step(0, "b"), step(50, "c")]);
  clock.advance(99);
  expect(done).toEqual([]);
  clock.advance(100);
  await script;
  expect(done).toEqual(["a at 100", "b at 100", "c at 150"]);
});

test("a script fails as its step does", async () => {
  const clock = new ManualClock();
  await start({ clock });
  const script = proxy.script([
    {
      afterMs: 1,
      do: () => {
        throw new Error("no such fault");
      },
    },
  ]);
  clock.advance(1);
  await expect(script).rejects.toThrow("no such fault");
});

test("close leaves no connection, no timer and no script", async () => {
  const clock = new ManualClock();
  await start({ clock });
  const client = await dial();
  proxy.delay(100);
  client.socket.write("one");
  await until(() => expect(clock.alarms).toBe(1));
  const script = proxy.script([{ afterMs: 1_000, do: () => expect.unreachable() }]);
  await proxy.close();
  await script;
  client.socket.end();
  await client.closed;
  expect(clock.alarms).toBe(0);
  expect(proxy.stats.open).toBe(0);
  await expect(dial()).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("its URL is the target's, with another host and port", async () => {
  await start({ target: `redis://user:secret@localhost:${targetPort()}/2` });
  expect(proxy.url).toBe(`redis://user:secret@127.0.0.1:${proxy.port}/2`);
  await proxy.close();
  await start();
  expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}`);
});

test("a URL without a port is refused", async () => {
  await expect(startFaultProxy({ target: "redis://localhost" })).rejects.toThrow('"redis://localhost" names no host and port');
});

import cluster from "node:cluster";
import { appendFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { setImmediate } from "node:timers/promises";
import { createIpcChannel } from "../../src/cluster/ipc-channel.ts";
import { Primary, type PrimaryOptions } from "../../src/cluster/primary.ts";
import { WorkerLink } from "../../src/cluster/worker-link.ts";

// A cluster whose workers serve nothing of value and start at once, for primary.test.ts. The test tells the primary what to do
// over IPC, and the workers over HTTP.

export interface Settings extends Pick<PrimaryOptions, "workers" | "silenceLimitMs" | "startLimitMs" | "drainLimitMs"> {
  readonly port: number;
  /** While this file is there, no worker gets ready. */
  readonly spoilFile: string;
  /** Each worker adds a line when it is about to say that it is ready, and one when it is told to drain. */
  readonly eventsFile: string;
}

export interface Order {
  readonly id: number;
  /** `thrice`: a restart, and while it is under way two more. `cut`: a restart, and while it is under way a stop. `sleep`: the primary does nothing else for 3 s. */
  readonly what: "start" | "restart" | "thrice" | "cut" | "ask" | "sleep" | "stop" | "kill";
}

/** What a primary says: the result of an order, or a line of its log. */
export type Word = { readonly id: number; readonly result: unknown } | { readonly log: Readonly<Record<string, unknown>> };

const settings = JSON.parse(process.argv[2]!) as Settings;
if (cluster.isPrimary) runPrimary();
else runWorker();

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function runPrimary(): void {
  const say = (word: Word) => void process.send!(word);
  const log = (fields: object, text: string) => say({ log: { ...fields, text } });
  const primary = new Primary({ ...settings, args: [process.argv[2]!], log: { warn: log, error: log } as PrimaryOptions["log"] });
  const follow: Record<Order["what"], () => unknown> = {
    start: () => primary.start(),
    restart: () => primary.restart(),
    thrice: async () => {
      const first = primary.restart();
      await setImmediate();
      return Promise.all([first, primary.restart(), primary.restart()]);
    },
    cut: async () => {
      const restart = primary.restart();
      await setImmediate();
      await primary.stop({ patient: true });
      return String(await restart);
    },
    ask: async () => [...(await primary.ask("who"))],
    sleep: () => block(3_000),
    stop: async () => {
      await primary.stop({ patient: true });
      process.disconnect();
    },
    kill: () => {
      primary.kill();
      process.exit();
    },
  };
  const obey = async ({ id, what }: Order) => {
    const result = await follow[what]();
    if (process.connected) say({ id, result });
  };
  process.on("message", (order: Order) => void obey(order));
}

function runWorker(): void {
  const link = new WorkerLink();
  if (existsSync(settings.spoilFile)) process.exit(7);
  const channel = createIpcChannel(link);
  const heard: string[] = [];
  channel.subscribe((text) => heard.push(text));
  link.listen("gone", ({ ids }) => heard.push(`gone ${ids.join()}`));
  link.answer("who", () => String(process.pid));
  link.tell({ kind: "registered", id: `id-${process.pid}` });
  const deeds: Record<string, () => void> = {
    "/pid": () => {},
    "/heard": () => {},
    "/block": () => setTimeout(block, 0, 60_000),
    "/exit": () => setTimeout(() => process.exit(3), 0),
    "/linger": () => link.listen("drain", () => setTimeout(() => {}, 60_000)),
    "/send": () => channel.send(`from ${process.pid}`),
  };
  const server = createServer((request, response) => {
    deeds[request.url!]?.();
    response.setHeader("connection", "close");
    response.end(JSON.stringify({ pid: process.pid, heard }));
  });
  const note = (event: string) => appendFileSync(settings.eventsFile, `${event} ${process.pid}\n`);
  link.listen("drain", () => {
    note("drain");
    server.close(() => link.leave());
  });
  server.listen(settings.port, "127.0.0.1", () => {
    note("ready");
    link.ready(`ready ${process.pid}`);
  });
}

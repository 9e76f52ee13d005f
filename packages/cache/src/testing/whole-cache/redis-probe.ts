import { once } from "node:events";
import { connect, type Socket } from "node:net";

export type Reply = string | number | null | Error | Reply[];

/** What the suite itself sends to Redis: a connection of its own, so that what is measured is not what measures. RESP 2, UTF-8. */
export class RedisProbe {
  readonly #socket: Socket;
  readonly #waiting: ((reply: Reply) => void)[] = [];
  #received = Buffer.alloc(0);
  /** Bodies of messages, from the first subscription on. */
  readonly messages: string[] = [];
  #subscribed = false;

  static async connect(url: string): Promise<RedisProbe> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new RedisProbe(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("close", () => {
      for (const resolve of this.#waiting.splice(0)) resolve(new Error("The connection was closed."));
    });
    socket.on("error", () => {});
  }

  /** One command and its reply. Rejects if Redis says that it is an error. */
  async command(...words: readonly (string | number | Uint8Array)[]): Promise<Reply> {
    const parts = words.map((word) => (typeof word === "object" ? Buffer.from(word) : Buffer.from(String(word))));
    const bytes = parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from("\r\n")]);
    this.#socket.write(Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...bytes]));
    const reply = await new Promise<Reply>((resolve) => this.#waiting.push(resolve));
    if (reply instanceof Error) throw reply;
    return reply;
  }

  /** Hears every message on every channel; such a connection can send no other command. */
  async hearEverything(): Promise<void> {
    const subscribed = this.command("PSUBSCRIBE", "*");
    this.#subscribed = true;
    await subscribed;
  }

  /** How many commands Redis has executed for all others: those by which a probe measures do not count. */
  async commandsExecuted(): Promise<number> {
    const statistics = String(await this.command("INFO", "commandstats"));
    let sum = 0;
    for (const [, name, calls] of statistics.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm))
      if (name !== "info" && name !== "ping") sum += Number(calls);
    return sum;
  }

  async keys(): Promise<string[]> {
    return (await this.command("KEYS", "*")) as string[];
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let parsed = parse(this.#received, 0); parsed !== undefined; parsed = parse(this.#received, 0)) {
      this.#received = this.#received.subarray(parsed.end);
      const { reply } = parsed;
      if (this.#subscribed && Array.isArray(reply) && reply[0] === "pmessage") this.messages.push(String(reply[3]));
      else this.#waiting.shift()?.(reply);
    }
  }
}

/** @returns the reply that begins at `start` and where it ends, or `undefined` if it is not there to its end */
function parse(bytes: Buffer, start: number): { reply: Reply; end: number } | undefined {
  const lineEnd = bytes.indexOf("\r\n", start);
  if (lineEnd < 0) return undefined;
  const kind = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.toString("utf8", start + 1, lineEnd);
  const next = lineEnd + 2;
  if (kind === "+") return { reply: line, end: next };
  if (kind === "-") return { reply: new Error(line), end: next };
  if (kind === ":") return { reply: Number(line), end: next };
  if (line === "-1") return { reply: null, end: next };
  return kind === "$" ? parseBulk(bytes, next, Number(line)) : parseArray(bytes, next, Number(line));
}

function parseBulk(bytes: Buffer, start: number, length: number): { reply: Reply; end: number } | undefined {
  const end = start + length + 2;
  return bytes.length < end ? undefined : { reply: bytes.toString("utf8", start, end - 2), end };
}

function parseArray(bytes: Buffer, start: number, length: number): { reply: Reply; end: number } | undefined {
  const items: Reply[] = [];
  let end = start;
  while (items.length < length) {
    const item = parse(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}

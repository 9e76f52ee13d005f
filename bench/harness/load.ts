import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A request and the answer that it must get. */
export interface Exchange {
  readonly path: string;
  /** Further header lines, without line ends. */
  readonly headers?: readonly string[];
  readonly status: number;
  /** Of the body; default: any. */
  readonly bytes?: number;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Name, value, name, value: as they came. */
  readonly flatHeaders: readonly string[];
  readonly body: Buffer;
}

/** One kept-alive connection that asks and waits, as raw as it can be: the load must not cost more than what it measures. */
export class Client {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  static async open(port: number): Promise<Client> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Client(socket);
  }

  /** Use `open`. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("The server closed the connection.")));
  }

  /** @throws Error when the answer is another one than the one that must come */
  async ask({ path, headers = [], status, bytes }: Exchange): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write([`GET ${path} HTTP/1.1`, "Host: cards.example", ...headers, "", ""].join("\r\n"));
    });
    if (answer.status !== status || (bytes !== undefined && answer.body.length !== bytes))
      throw new Error(`${path} answered ${answer.status} with ${answer.body.length} bytes; expected ${status} with ${bytes ?? "any"}.`);
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const [statusLine = "", ...lines] = this.#received.toString("latin1", 0, headEnd).split("\r\n");
    const status = Number(statusLine.split(" ")[1]);
    const flatHeaders = lines.flatMap((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
    const headers = new Map<string, string>();
    for (let at = 0; at < flatHeaders.length; at += 2) headers.set(flatHeaders[at]!.toLowerCase(), flatHeaders[at + 1]!);
    const length = status === 304 ? 0 : Number(headers.get("content-length"));
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return;
    const body = this.#received.subarray(headEnd + 4, end);
    this.#received = this.#received.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status, headers, flatHeaders, body });
  }
}

/** Asks all of them over so many connections, each connection one after another. */
export async function askAll(port: number, exchanges: readonly Exchange[], connections: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: connections }, () => Client.open(port)));
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      for (let exchange = exchanges[next++]; exchange !== undefined; exchange = exchanges[next++]) await client.ask(exchange);
    }),
  );
  for (const client of clients) client.close();
}

import { connect } from "node:net";

export interface Exchange {
  /** Everything that came back, one character a byte. */
  readonly heard: string;
  /** One for each answer that came back, in order. */
  readonly statuses: readonly number[];
  /** What follows the first answer's headers. */
  readonly body: string;
  /** Whether the server ended the connection. */
  readonly ended: boolean;
  readonly durationMs: number;
}

/** An answer that has not come by then never comes. */
const LIMIT_MS = 2_000;

/**
 * Sends bytes as they are, and listens until the server ends the connection or has sent a whole answer. Then it hangs up,
 * and hears what still comes: the answer to a second request that somebody read out of the bytes would be among it.
 */
export function exchange(port: number, bytes: string | Uint8Array): Promise<Exchange> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let heard = "";
    let ended = false;
    let durationMs = LIMIT_MS;
    const socket = connect({ port, host: "127.0.0.1" });
    socket.setEncoding("latin1").setTimeout(LIMIT_MS);
    socket.on("connect", () => socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes));
    socket.on("data", (text: string) => {
      heard += text;
      if (!isWhole(heard)) return;
      durationMs = Math.min(durationMs, performance.now() - startedAt);
      socket.end();
    });
    socket.on("end", () => {
      ended = true;
      durationMs = Math.min(durationMs, performance.now() - startedAt);
    });
    socket.on("timeout", () => socket.destroy());
    // A reset: the server has hung up on what we still had to say.
    socket.on("error", () => {
      ended = true;
    });
    socket.on("close", () => {
      resolve({ heard, ...readAnswers(heard), ended, durationMs });
    });
  });
}

/** What came back on a connection. No page of these tests holds a status line. */
export function readAnswers(heard: string): Pick<Exchange, "statuses" | "body"> {
  const statuses = [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { statuses, body: heard.slice(heard.indexOf("\r\n\r\n") + 4) };
}

function isWhole(heard: string): boolean {
  const end = heard.indexOf("\r\n\r\n");
  if (end === -1) return false;
  if (heard.endsWith("\r\n0\r\n\r\n")) return true;
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(heard.slice(0, end + 2))?.[1];
  return length !== undefined && heard.length >= end + 4 + Number(length);
}

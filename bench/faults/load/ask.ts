import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import type { Socket } from "node:net";

export interface Question {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** Default: a connection for this question alone. */
  readonly agent?: Agent;
  readonly timeoutMs: number;
  /** Hangs up so soon after asking, without hearing the answer. */
  readonly hangUpAfterMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Outcome = { readonly connection: number } & ({ readonly answer: Answer } | { readonly failure: string });

const connections = new WeakMap<Socket, number>();
let lastConnection = 0;

/**
 * Asks once and never rejects. A question over a kept connection that its server closed at that very moment is asked again, as
 * RFC 9112 §9.3.1 has it, if it changes nothing.
 */
export async function ask(question: Question): Promise<Outcome> {
  const { outcome, mayAskAgain } = await askOnce(question);
  return mayAskAgain ? (await askOnce(question)).outcome : outcome;
}

function askOnce(question: Question): Promise<{ outcome: Outcome; mayAskAgain: boolean }> {
  const { port, method = "GET", path, headers, body, agent = false, timeoutMs, hangUpAfterMs } = question;
  return new Promise((resolve) => {
    let connection = 0;
    const asked = request({ host: "127.0.0.1", port, method, path, headers: { ...headers }, agent }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", fail);
      response.on("end", () => {
        if (response.complete)
          finish({ connection, answer: { status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) } });
      });
      response.on("aborted", () => fail(new Error("aborted")));
    });
    const limit = setTimeout(() => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const finish = (outcome: Outcome, mayAskAgain = false) => {
      clearTimeout(limit);
      resolve({ outcome, mayAskAgain });
    };
    const fail = (error: Error) => {
      const failure = (error as NodeJS.ErrnoException).code ?? error.message;
      finish({ connection, failure }, asked.reusedSocket && method === "GET" && failure === "ECONNRESET");
    };
    asked.on("socket", (socket) => {
      connection = connections.get(socket) ?? ++lastConnection;
      connections.set(socket, connection);
    });
    asked.on("error", fail);
    asked.end(body);
    if (hangUpAfterMs !== undefined) setTimeout(() => asked.destroy(new Error("hung up")), hangUpAfterMs);
  });
}

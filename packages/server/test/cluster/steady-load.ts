import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** What a client did until it was stopped. */
export interface Outcome {
  readonly answered: number;
  /** Codes of Node's errors, or statuses other than 200. */
  readonly failures: readonly string[];
}

export interface Load {
  /** Resolves when each client has had an answer at least. */
  readonly underWay: Promise<void>;
  /** Lets the clients finish what they have begun. */
  stop(): Promise<readonly Outcome[]>;
}

export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  /** Whether each client keeps its connection for as long as the server does, or opens one for each request. */
  readonly keepAlive: boolean;
  readonly clients: number;
  /** Whether a client ends with the first answer that says that its connection ends. Default false. */
  readonly untilClosed?: boolean;
}

/** Between two requests of a client, so that the servers have time for more than to answer. */
const PAUSE_MS = 10;

/** A worker that was stopped is replaced after 5 s. Nobody has to wait for much longer, even on a busy machine. */
const ANSWER_LIMIT_MS = 30_000;

/** Clients that ask one thing after another, all the while. */
export function startLoad({ port, path, keepAlive, clients, untilClosed = false }: LoadOptions): Load {
  let stopped = false;
  const started = Array.from({ length: clients }, () => Promise.withResolvers<void>());
  const ask = async ({ resolve }: { resolve: () => void }): Promise<Outcome> => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    let answered = 0;
    const failures: string[] = [];
    for (let isOpen = true; isOpen && !stopped; await pause(PAUSE_MS)) {
      const { outcome, closes } = await askOnce(agent, port, path);
      if (outcome === "200") answered += 1;
      else failures.push(outcome);
      isOpen = !(untilClosed && closes);
      resolve();
    }
    agent.destroy();
    return { answered, failures };
  };
  const outcomes = Promise.all(started.map(ask));
  return {
    underWay: Promise.all(started.map(({ promise }) => promise)).then(() => undefined),
    stop: () => {
      stopped = true;
      return outcomes;
    },
  };
}

interface Asked {
  /** The status, or an error's code. */
  readonly outcome: string;
  readonly closes: boolean;
}

function askOnce(agent: Agent, port: number, path: string): Promise<Asked> {
  return new Promise((resolve) => {
    const fail = ({ code, message }: NodeJS.ErrnoException) => resolve({ outcome: code ?? message, closes: true });
    const sent = request({ agent, host: "127.0.0.1", port, path }, (response) => {
      response.on("error", fail);
      response.on("end", () => resolve({ outcome: String(response.statusCode), closes: response.headers.connection === "close" }));
      response.resume();
    });
    sent.setTimeout(ANSWER_LIMIT_MS, () => sent.destroy(new Error("no answer")));
    sent.on("error", fail);
    sent.end();
  });
}

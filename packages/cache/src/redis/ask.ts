import type { Address } from "./options.ts";
import { Session, type SessionOptions } from "./session.ts";

export interface Answer<T> {
  readonly address: Address;
  readonly reply: T;
}

export interface AskOptions extends Pick<SessionOptions, "login" | "limitMs" | "signal"> {
  readonly addresses: readonly Address[];
}

/**
 * Asks servers the same at the same time, each on a connection of its own, and lets `decide` say what follows from the answers
 * as they come. Those that are not there by then are given up.
 */
export async function askEach<T, R>(
  { addresses, signal, ...options }: AskOptions,
  command: readonly string[],
  decide: (answers: readonly Promise<Answer<T>>[]) => Promise<R>,
): Promise<R> {
  const decided = new AbortController();
  const giveUp = () => decided.abort();
  signal.addEventListener("abort", giveUp);
  if (signal.aborted) giveUp();
  try {
    return await decide(addresses.map((address) => ask<T>({ address, ...options, signal: decided.signal }, command)));
  } finally {
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}

/** The first answer; rejects with all reasons if there is none. */
export function firstAnswer<T>(answers: readonly Promise<Answer<T>>[]): Promise<Answer<T>> {
  return Promise.any(answers).catch((error: AggregateError) => {
    throw new Error(reasonsIn(error.errors));
  });
}

export function reasonsIn(errors: readonly Error[]): string {
  return errors.map((error) => error.message).join(" ");
}

async function ask<T>(options: SessionOptions, command: readonly string[]): Promise<Answer<T>> {
  const { host, port } = options.address;
  let reply: T | undefined;
  try {
    const session = await Session.open({
      ...options,
      prepare: async (client) => {
        reply = await client.sendCommand<T>(command);
      },
    });
    session.end(new Error("It was asked."));
    return { address: options.address, reply: reply as T };
  } catch (error) {
    throw new Error(`${host}:${port}: ${(error as Error).message}`, { cause: error });
  }
}

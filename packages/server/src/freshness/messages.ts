import type { Position } from "@qrcards/cache";

/** What processes tell each other over a `Channel`: "poll now", and how far a worker has polled. */
export type Message = { readonly kind: "poll" } | ({ readonly kind: "acknowledgement"; readonly id: string } & Position);

export function formatMessage(message: Message): string {
  return JSON.stringify(message.kind === "poll" ? ["poll"] : ["ack", message.id, message.epoch, message.seq, message.stamp]);
}

/** Longer ones are none of ours. */
const LONGEST_MESSAGE = 500;

/** @returns undefined for anything that is no message of ours: another version's, or somebody's who has no business here */
export function parseMessage(text: string): Message | undefined {
  if (text.length > LONGEST_MESSAGE) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [kind, id, epoch, seq, stamp] = parts as unknown[];
  if (kind === "poll") return { kind };
  const isSound = typeof id === "string" && typeof epoch === "string" && Number.isSafeInteger(seq) && typeof stamp === "string";
  return kind === "ack" && isSound ? { kind: "acknowledgement", id, epoch, seq: seq as number, stamp } : undefined;
}

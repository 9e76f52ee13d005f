import type { ServerResponse } from "node:http";
import type { ErrorCode } from "../errors.ts";

/** What an answer does not say of itself, but who made it knows: for those who count answers and write the log. */
export interface Notes {
  /** Which part the store of finished pages had in it; absent where it had none. */
  cache?: "hit" | "stale" | "collapsed" | "miss" | undefined;
  /** The trip whose page it is, as the cache's tag: `trip:150`. */
  tag?: string;
  code?: ErrorCode;
  /** What was thrown, where it is a fault or an outage and not the client's matter. */
  error?: unknown;
  /** As the answer's body has it. */
  requestId?: string;
}

const notes = new WeakMap<ServerResponse, Notes>();

/** Adds to what is known of an answer. Not called for a page from memory: there is nothing to say. */
export function note(response: ServerResponse, more: Notes): void {
  notes.set(response, { ...notes.get(response), ...more });
}

export function notesOf(response: ServerResponse): Notes {
  return notes.get(response) ?? {};
}

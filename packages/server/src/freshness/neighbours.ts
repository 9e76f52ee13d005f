import type { Bus, Freshness, Position } from "@qrcards/cache";
import type { Channel } from "./channel.ts";
import { formatMessage, type Message, parseMessage } from "./messages.ts";
import type { WorkerRegistry } from "./registry.ts";

/** The other processes on the same database, as far as they can be reached: none of it is more than a hint that is checked. */
export interface Neighbours {
  /** Has them poll now instead of at their next turn. Who misses it polls in time. */
  tell(): void;
  /** Calls the listener for each acknowledgement that comes; returns how to stop. */
  onAcknowledgement(listener: (id: string, position: Position) => void): () => void;
  close(): void;
}

export interface NeighboursOptions {
  readonly freshness: Pick<Freshness, "hear" | "on" | "position">;
  /** Undefined in a process that does not serve, and so has nothing to acknowledge. */
  readonly registry: Pick<WorkerRegistry, "id"> | undefined;
  readonly channels: readonly Channel[];
  /** Carries "poll now" too, and tells of gaps. */
  readonly bus?: Bus | undefined;
}

/**
 * Polls when others say so, and says how far this worker has polled: after each poll that brought something, and after each that it
 * was told to make. **Never before the poll**: that a message was heard says nothing of what this process knows.
 */
export function createNeighbours({ freshness, registry, channels, bus }: NeighboursOptions): Neighbours {
  const listeners = new Set<(id: string, position: Position) => void>();
  const send = (message: Message) => {
    const text = formatMessage(message);
    for (const channel of channels) channel.send(text);
  };
  let acknowledgedSeq = -1;

  function acknowledge(): void {
    const { position } = freshness;
    const id = registry?.id;
    if (position === undefined || id === undefined) return;
    acknowledgedSeq = position.seq;
    send({ kind: "acknowledgement", id, epoch: position.epoch, seq: position.seq, stamp: position.stamp });
  }

  // A poll that fails is told to whoever needs its lease.
  const poll = () => void freshness.hear().then(acknowledge, () => {});

  const receive = (text: string) => {
    const message = parseMessage(text);
    if (message?.kind === "poll") poll();
    else if (message !== undefined) for (const listener of listeners) listener(message.id, message);
  };

  const ends = [
    ...channels.map((channel) => channel.subscribe(receive)),
    ...(bus === undefined ? [] : [bus.subscribe(poll)]),
    freshness.on("polled", ({ answer }) => {
      if (answer.seq !== acknowledgedSeq) acknowledge();
    }),
  ];

  return {
    tell: () => {
      send({ kind: "poll" });
      void bus?.signal().catch(() => {});
    },
    onAcknowledgement: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      for (const end of ends) end();
    },
  };
}

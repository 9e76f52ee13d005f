import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import type { Random } from "./random.ts";

/** What is wrong in one direction at present. Read for each piece, so a change counts at once, also for open connections. */
export interface LaneFaults {
  paused: boolean;
  swallows: boolean;
  latencyMs: number;
  jitterMs: number;
  pieceBytes: number;
  piecePauseMs: number;
  /** What the next bytes are replaced by. */
  garbage: Uint8Array | undefined;
}

export const noFaults = (): LaneFaults => ({
  paused: false,
  swallows: false,
  latencyMs: 0,
  jitterMs: 0,
  pieceBytes: Number.POSITIVE_INFINITY,
  piecePauseMs: 0,
  garbage: undefined,
});

/** From this many bytes under way on the sender is not read any more: as in a network, its own buffers fill up then. */
const MOST_QUEUED_BYTES = 256 * 1024;

/** What a lane needs of the proxy that it is part of. */
export interface LaneContext {
  readonly faults: LaneFaults;
  readonly clock: Clock;
  readonly random: Random;
  onForwarded(bytes: number): void;
}

/** Bytes, or the sender's "that was all", and the instant before which they may not arrive. */
interface Parcel {
  readonly dueAt: number;
  readonly bytes: Uint8Array | "end";
}

/** One direction of one connection: everything that comes from one socket goes to the other, late, in pieces or not at all, but in order. */
export class FaultLane {
  readonly #from: Duplex;
  readonly #to: Duplex;
  readonly #context: LaneContext;
  readonly #queue: Parcel[] = [];
  #queuedBytes = 0;
  #newestDueAt = 0;
  #nextPieceAt = 0;
  /** Nothing more is taken from the sender. */
  #finished = false;
  #draining = false;
  #cancelTimer: (() => void) | undefined;

  constructor(from: Duplex, to: Duplex, context: LaneContext) {
    this.#from = from;
    this.#to = to;
    this.#context = context;
    from.on("data", (chunk: Buffer) => this.#arrive(chunk));
    from.on("end", () => this.finish());
    to.on("drain", () => {
      this.#draining = false;
      this.flow();
    });
    to.on("close", () => this.#stop());
  }

  /** Says to the receiver that nothing more comes, after what is under way. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#send("end");
  }

  /** Forwards whatever may go now. */
  flow(): void {
    const { faults, clock } = this.#context;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (!faults.paused && !this.#draining) {
      const parcel = this.#queue[0];
      if (parcel === undefined) break;
      const waitMs = Math.max(parcel.dueAt, this.#nextPieceAt) - clock.now();
      if (waitMs > 0) {
        this.#cancelTimer = clock.after(waitMs, () => this.flow());
        break;
      }
      this.#forward(parcel);
    }
    if (this.#queuedBytes < MOST_QUEUED_BYTES) this.#from.resume();
  }

  #arrive(chunk: Uint8Array): void {
    const { faults } = this.#context;
    if (this.#finished || faults.swallows) return;
    const bytes = faults.garbage ?? chunk;
    faults.garbage = undefined;
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= MOST_QUEUED_BYTES) this.#from.pause();
    this.#send(bytes);
  }

  #send(bytes: Parcel["bytes"]): void {
    const { faults, clock, random } = this.#context;
    const delayMs = faults.latencyMs + (faults.jitterMs > 0 ? faults.jitterMs * random.next() : 0);
    this.#newestDueAt = Math.max(this.#newestDueAt, clock.now() + delayMs);
    this.#queue.push({ dueAt: this.#newestDueAt, bytes });
    this.flow();
  }

  #forward({ dueAt, bytes }: Parcel): void {
    const { faults, clock, onForwarded } = this.#context;
    this.#queue.shift();
    if (bytes === "end") {
      this.#to.end();
      return;
    }
    const piece = bytes.subarray(0, faults.pieceBytes);
    if (piece.length < bytes.length) this.#queue.unshift({ dueAt, bytes: bytes.subarray(piece.length) });
    this.#queuedBytes -= piece.length;
    this.#nextPieceAt = clock.now() + faults.piecePauseMs;
    this.#draining = !this.#to.write(piece);
    onForwarded(piece.length);
  }

  #stop(): void {
    this.#finished = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#cancelTimer?.();
  }
}

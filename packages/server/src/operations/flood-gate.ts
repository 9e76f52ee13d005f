const WINDOW_MS = 1_000;
const MOST_IN_WINDOW = 10;

export interface FloodGateOptions {
  /** Told at the end of a second in which more came of one kind than were let through. */
  readonly onHeldBack: (kind: string, count: number) => void;
}

/** Lets the first ten of a kind through in a second and counts the others, so that a flood of one error does not fill the disk. */
export class FloodGate {
  readonly #onHeldBack: FloodGateOptions["onHeldBack"];
  /** Seconds under way, by kind. */
  readonly #windows = new Map<string, { count: number; readonly end: NodeJS.Timeout }>();

  constructor({ onHeldBack }: FloodGateOptions) {
    this.#onHeldBack = onHeldBack;
  }

  /** @param kind one of few: not made of what a client sends */
  admit(kind: string): boolean {
    let window = this.#windows.get(kind);
    if (window === undefined) {
      window = { count: 0, end: setTimeout(() => this.#end(kind), WINDOW_MS).unref() };
      this.#windows.set(kind, window);
    }
    window.count++;
    return window.count <= MOST_IN_WINDOW;
  }

  /** Says at once what was held back. */
  close(): void {
    for (const [kind, { end }] of this.#windows) {
      clearTimeout(end);
      this.#end(kind);
    }
  }

  #end(kind: string): void {
    const heldBack = (this.#windows.get(kind)?.count ?? 0) - MOST_IN_WINDOW;
    this.#windows.delete(kind);
    if (heldBack > 0) this.#onHeldBack(kind, heldBack);
  }
}

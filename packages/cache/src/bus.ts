/**
 * Carries one message to the other processes of the same namespace: "something changed, ask". It says neither what nor to
 * which value, so one that is lost, late, twice there, out of order or forged does no harm: it can only cause a poll.
 */
export interface Bus {
  /** Resolves when the message is on its way; rejects if it cannot be sent. Who sends it may get it too. */
  signal(): Promise<void>;
  /**
   * Calls `listener` for each message, and with `gap` whenever messages may have been missed: after each (re)subscription, and
   * when a silent connection turns out to be dead.
   *
   * @returns how to stop listening
   */
  subscribe(listener: (what: "signal" | "gap") => void): () => void;
}

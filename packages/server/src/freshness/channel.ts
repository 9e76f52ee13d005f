/**
 * Carries short texts to all other processes that serve the same database, and theirs to this one: each at most once, in any
 * order, perhaps late. What comes is untrusted input.
 */
export interface Channel {
  /** Never throws, and is nothing to wait for: what cannot be sent is lost. */
  send(text: string): void;
  /** @returns how to stop listening */
  subscribe(listener: (text: string) => void): () => void;
}

import type { Freshness } from "@qrcards/cache";
import { QRCardsError } from "../errors.ts";

/** Longer than any reader waits, and than a database in use takes; polls notice within 3 s that it is away. */
const LIMIT_MS = 10_000;

/**
 * How long anybody waits for the database: until it is clear that it is away, which is when a poll has failed and the lease is
 * over, or to a limit where only some of it hangs.
 */
export class Patience {
  readonly #freshness: Pick<Freshness, "on" | "renew" | "clock" | "leaseUntil">;
  readonly #waiting = new Set<() => void>();

  constructor(freshness: Pick<Freshness, "on" | "renew" | "clock" | "leaseUntil">) {
    this.#freshness = freshness;
    freshness.on("pollFailed", () => {
      if (freshness.clock.now() >= freshness.leaseUntil) for (const giveUp of this.#waiting) giveUp();
    });
  }

  /**
   * Does what asks the database, unless it is known to be away: then it would only be waited for, or be a file that others may
   * have put another one in the place of.
   *
   * @throws QRCardsError `database-unavailable`, or the cache's `authority-unavailable`
   */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    await this.#freshness.renew();
    return this.wait(work());
  }

  /** @throws QRCardsError `database-unavailable` when patience is over; the work goes on unheard */
  wait<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new QRCardsError("database-unavailable", "The database has not answered in time."));
      const timer = setTimeout(giveUp, LIMIT_MS);
      this.#waiting.add(giveUp);
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(giveUp);
      };
      work.finally(done).then(resolve, reject);
    });
  }
}

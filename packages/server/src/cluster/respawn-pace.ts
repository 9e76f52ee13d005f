/** Who has lived for so long was sound: its successor starts at once. */
const LONG_LIFE_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** How soon a worker that has ended is replaced: each that lives shortly makes the next one wait twice as long. */
export class RespawnPace {
  #shortLives = 0;

  /** @param livedMs from the start of the process to its end */
  nextPauseMs(livedMs: number): number {
    if (livedMs >= LONG_LIFE_MS) {
      this.#shortLives = 0;
      return 0;
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#shortLives, LONGEST_PAUSE_MS);
    this.#shortLives += 1;
    return pauseMs;
  }
}

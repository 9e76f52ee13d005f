import type { Random } from "../../../packages/cache/src/testing/random.ts";

const SHOWN = 6;

/** The addresses that edits have touched last: where something old would be seen first. */
export class Spotlight {
  readonly #paths: string[] = [];

  show(paths: readonly string[]): void {
    this.#paths.unshift(...paths);
    this.#paths.length = Math.min(this.#paths.length, SHOWN);
  }

  newest(random: Random): string | undefined {
    return this.#paths[random.below(this.#paths.length)];
  }
}

import type { Random } from "../../../cache/test/simulation/random.ts";
import type { Lane, Scheduler } from "../../../cache/test/simulation/scheduler.ts";
import type { Channel } from "../../src/freshness/channel.ts";
import type { Life } from "./life.ts";

interface End {
  readonly life: Life;
  readonly listeners: Set<(text: string) => void>;
}

const MOST_REMEMBERED = 100;

/** Channels between processes: a text comes late, twice, cut off, in any order or not at all. */
export class Network {
  /** How likely a text is lost. */
  readonly lane: Lane;
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #ends = new Set<End>();
  /** What was sent last, and may come once more at any time. */
  readonly #sent: string[] = [];

  constructor(random: Random, scheduler: Scheduler, failing: number) {
    this.#random = random;
    this.#scheduler = scheduler;
    this.lane = { failing };
  }

  plug(life: Life): Channel {
    const own: End = { life, listeners: new Set() };
    this.#ends.add(own);
    return {
      send: (text) => {
        this.#sent.push(text);
        if (this.#sent.length > MOST_REMEMBERED) this.#sent.shift();
        for (const end of this.#ends) if (end !== own) this.#send(end, text);
      },
      subscribe: (listener) => {
        own.listeners.add(listener);
        return () => own.listeners.delete(listener);
      },
    };
  }

  /** Something old comes to everybody, as if it had been under way until now. */
  repeat(): void {
    if (this.#sent.length === 0) return;
    const text = this.#random.pick(this.#sent);
    for (const end of this.#ends) this.#send(end, text);
  }

  #send({ life, listeners }: End, text: string): void {
    if (this.#random.chance(this.lane.failing)) return;
    const copies = this.#random.weighted({ 1: 10, 2: 1 });
    const arrived = this.#random.chance(this.lane.failing / 10) ? text.slice(0, this.#random.below(text.length)) : text;
    for (let copy = 0; copy < Number(copies); copy++)
      this.#scheduler.later(() => life.run(() => listeners.forEach((listener) => void listener(arrived))));
  }
}

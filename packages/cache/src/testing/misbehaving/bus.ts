import type { Bus } from "../../bus.ts";
import { type CallTrouble, type Misbehaving, type MisbehavingOptions, NO_CALL_TROUBLE, Trouble } from "./trouble.ts";

/** What can go wrong with a bus: calls of `signal`, and messages on their way to each listener. */
export interface BusTrouble extends CallTrouble {
  /** The message never arrives. */
  readonly losesMessages: number;
  /** It arrives twice. */
  readonly duplicatesMessages: number;
  /** It arrives up to `lateMs` late, each by a time of its own, so that they overtake each other. */
  readonly reordersMessages: number;
  /** The subscription is gone without anybody noticing: neither messages nor gaps arrive. */
  readonly deaf: number;
}

const NO_TROUBLE: BusTrouble = { ...NO_CALL_TROUBLE, losesMessages: 0, duplicatesMessages: 0, reordersMessages: 0, deaf: 0 };

/** A bus that can be told to go wrong. */
export type MisbehavingBus = Bus & Misbehaving<BusTrouble>;

/** A bus that goes wrong in the ways it is told to. */
export function misbehavingBus(bus: Bus, options?: MisbehavingOptions): MisbehavingBus {
  const trouble = new Trouble(NO_TROUBLE, options);
  return {
    signal: () => trouble.call(() => bus.signal()),
    subscribe(listener) {
      let listening = true;
      const deliver = async (what: "signal" | "gap") => {
        if (trouble.happens("reordersMessages")) await trouble.delay();
        if (listening) listener(what);
      };
      const unsubscribe = bus.subscribe((what) => {
        if (trouble.happens("deaf") || (what === "signal" && trouble.happens("losesMessages"))) return;
        const times = trouble.happens("duplicatesMessages") ? 2 : 1;
        for (let time = 0; time < times; time++) void deliver(what);
      });
      return () => {
        listening = false;
        unsubscribe();
      };
    },
    misbehave: (what) => trouble.misbehave(what),
  };
}

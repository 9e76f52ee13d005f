import { setTimeout as pass } from "node:timers/promises";
import { createClient } from "@redis/client";
import type { FaultKind, Struck } from "./fault-kind.ts";
import { repeat } from "./fault-kind.ts";

/** Says every message again, up to three times and late, so that all are doubled and out of order. */
async function echo(url: string, latestMs: () => number): Promise<Struck> {
  const listener = createClient({ url }).on("error", () => {});
  const speaker = createClient({ url }).on("error", () => {});
  await Promise.all([listener.connect(), speaker.connect()]);
  /** Copies of ours that are still to be heard: what is heard is not said again. */
  const ours = new Map<string, number>();
  await listener.pSubscribe("*", (message, channel) => {
    const name = `${channel}\n${message}`;
    const expected = ours.get(name) ?? 0;
    if (expected > 0) {
      ours.set(name, expected - 1);
      return;
    }
    for (let copy = 0; copy < 3; copy += 1) {
      ours.set(name, (ours.get(name) ?? 0) + 1);
      setTimeout(() => void speaker.publish(channel, message).catch(() => {}), latestMs());
    }
  });
  return {
    async end() {
      listener.destroy();
      // What is still to be said is said while nothing else is the matter.
      await pass(500);
      speaker.destroy();
    },
  };
}

/** What can befall the messages by which processes tell each other to look. */
export const BUS_FAULTS: readonly FaultKind[] = [
  {
    kind: "subscriptions killed",
    strikes: "bus",
    lastsMs: [1_000, 2_500],
    strike: async ({ redis }) => repeat(100, () => redis!.command(["CLIENT", "KILL", "TYPE", "pubsub"])),
  },
  {
    kind: "messages lost",
    strikes: "bus",
    lastsMs: [1_000, 2_500],
    async strike({ redisLines }, random) {
      const deaf = redisLines[random.below(redisLines.length)]!;
      deaf.blackhole("toClient");
      return {
        async end() {
          await deaf.heal();
          // Answers were swallowed with the messages: nobody can match what comes now to what was asked.
          deaf.reset();
        },
      };
    },
  },
  {
    kind: "messages doubled, reordered",
    strikes: "bus",
    lastsMs: [1_500, 3_000],
    strike: ({ redis }, random) => echo(redis!.url, () => random.below(400)),
  },
];

import assert from "node:assert/strict";
import type { Connection } from "../../backend.ts";
import type { Bus } from "../../bus.ts";
import { type ContractCase, type ContractOptions, contractCases, expectEqual } from "./contract.ts";
import type { Room } from "./room.ts";

type BusConnection = Pick<Connection, "bus" | "close">;

/** The bus to be proved, and what can be done to it. */
export interface BusContractOptions extends ContractOptions<BusConnection> {
  /** Breaks the subscriptions of a namespace, as a network does. Without it, what must follow is not asked for. */
  cutSubscriptions?(namespace: string): void | Promise<void>;
}

/** What a bus promises while nothing is wrong with it, and with `cutSubscriptions` how it comes back from that. */
export function busContract(options: BusContractOptions): readonly ContractCase[] {
  const { cutSubscriptions } = options;
  return contractCases<BusConnection>(options, ({ bus }) => bus.signal(), {
    async "each message is heard on the other connection"(room) {
      const { a, b } = room;
      const [heardByA, heardByB] = [await listen(room, a.bus), await listen(room, b.bus)];
      for (const [sender, heard] of [
        [a, heardByB],
        [b, heardByA],
        [a, heardByB],
        [a, heardByB],
      ] as const) {
        const before = heard.signals;
        await sender.bus.signal();
        await room.eventually("the message to be heard", () => heard.signals > before);
      }
    },

    async "many messages at once are all heard"(room) {
      const heard = await listen(room, room.b.bus);
      await Promise.all(Array.from({ length: 50 }, () => room.a.bus.signal()));
      await room.eventually("50 messages to be heard", () => heard.signals >= 50);
    },

    async "a subscription begins with a gap, and from then on misses nothing"(room) {
      for (let i = 0; i < 5; i++) {
        const heard = await listen(room, room.b.bus);
        const before = heard.signals;
        await room.a.bus.signal();
        await room.eventually("the message after the gap to be heard", () => heard.signals > before);
        heard.stop();
      }
    },

    async "whoever stops listening hears nothing more, and the others do"(room) {
      const [stopped, other] = [await listen(room, room.b.bus), await listen(room, room.b.bus)];
      stopped.stop();
      stopped.stop();
      const before = stopped.signals;
      for (let i = 1; i <= 3; i++) {
        const heard = other.signals;
        await room.a.bus.signal();
        await room.eventually("the other one to hear the message", () => other.signals > heard);
      }
      expectEqual("how many messages were heard after the end", stopped.signals - before, 0);
    },

    async "a listener that subscribes twice stops each of the two by itself"(room) {
      let calls = 0;
      const listener = () => {
        calls++;
      };
      const stopFirst = room.b.bus.subscribe(listener);
      const stopSecond = room.b.bus.subscribe(listener);
      await room.eventually("both subscriptions to begin", () => calls >= 2);
      stopFirst();
      calls = 0;
      await room.a.bus.signal();
      await room.eventually("the second subscription to hear the message", () => calls > 0);
      stopSecond();
    },

    async "namespaces do not hear each other"(room) {
      const { namespace } = room;
      const heard = await listen(room, room.a.bus);
      const near = [`${namespace}x`, `${namespace}.`, namespace.slice(0, -1), namespace.toUpperCase()];
      for (const name of near) {
        const { bus } = await room.open(name);
        const echo = await listen(room, bus);
        for (let i = 0; i < 10; i++) await bus.signal();
        await room.eventually(`the messages in ${name} to be heard there`, () => echo.signals >= 10);
      }
      await room.b.bus.signal();
      await room.eventually("the message in the own namespace to be heard", () => heard.signals > 0);
      // The own one may have been heard twice.
      assert(heard.signals < 10, `Expected no message of ${near.join(", ")} to be heard in ${namespace}.`);
    },

    ...(cutSubscriptions && {
      async "a subscription that was cut tells of the gap, and goes on"(room: Room<BusConnection>) {
        const heard = await listen(room, room.b.bus);
        heard.gaps = 0;
        await cutSubscriptions(room.namespace);
        await room.eventually("a gap to be told", () => heard.gaps > 0);
        await room.eventually("a message to be heard again", async () => {
          await room.a.bus.signal().catch(() => {});
          return heard.signals > 0;
        });
      },
    }),

    async "a closed connection neither sends nor hears"(room) {
      const [closed, open] = [await listen(room, room.a.bus), await listen(room, room.b.bus)];
      await room.leave(room.a);
      closed.signals = 0;
      const sender = await room.open(room.namespace);
      open.signals = 0;
      await sender.bus.signal();
      await room.eventually("the open connection to hear the message", () => open.signals > 0);
      expectEqual("how many messages the closed connection heard", closed.signals, 0);
      await assert.rejects(room.a.bus.signal(), "Expected a message through a closed connection to be rejected.");
    },
  });
}

/** Counts what is heard, from the first gap on: whatever is sent after that must be heard. */
async function listen(room: Room<BusConnection>, bus: Bus) {
  const heard = { signals: 0, gaps: 0, stop: () => {} };
  heard.stop = bus.subscribe((what) => {
    heard[what === "gap" ? "gaps" : "signals"]++;
  });
  await room.eventually("a subscription to begin with a gap", () => heard.gaps > 0);
  return heard;
}

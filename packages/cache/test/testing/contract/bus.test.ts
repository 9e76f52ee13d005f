import { describe, test } from "vitest";
import type { Bus } from "../../../src/bus.ts";
import { busContract } from "../../../src/testing/contract/bus.ts";
import { runCases } from "../../../src/testing/contract/contract.ts";
import { testBreaks } from "./breaks.ts";
import { type Fault, inMemory } from "./in-memory.ts";

const contract = (options: ReturnType<typeof inMemory>) =>
  busContract({ ...options, cutSubscriptions: (namespace) => options.backend.cutSubscriptions(namespace) });

describe("the bus in memory keeps every promise", () => runCases(contract(inMemory()), test));

type Listener = Parameters<Bus["subscribe"]>[0];

/** A bus that tells its listeners something else. */
const hearing =
  (wrap: (listener: Listener) => Listener): Fault =>
  ({ bus }) => ({
    bus: { signal: () => bus.signal(), subscribe: (listener) => bus.subscribe(wrap(listener)) },
  });

const heard = "each message is heard on the other connection";
const allHeard = "many messages at once are all heard";
const gapFirst = "a subscription begins with a gap, and from then on misses nothing";
const stops = "whoever stops listening hears nothing more, and the others do";
const twice = "a listener that subscribes twice stops each of the two by itself";
const apart = "namespaces do not hear each other";
const cut = "a subscription that was cut tells of the gap, and goes on";
const closed = "a closed connection neither sends nor hears";

describe("the suite", () => {
  testBreaks(contract, {
    "sends nothing": { promise: heard, fault: ({ bus }) => ({ bus: { ...bus, signal: async () => {} } }) },
    "tells only whoever sent it": {
      promise: heard,
      fault: ({ bus }) => {
        const own = new Set<Listener>();
        return {
          bus: {
            async signal() {
              for (const listener of own) listener("signal");
            },
            subscribe(listener) {
              own.add(listener);
              return bus.subscribe((what) => what === "gap" && listener("gap"));
            },
          },
        };
      },
    },
    "refuses to send": {
      promise: heard,
      fault: ({ bus }) => {
        let sent = 0;
        return { bus: { ...bus, signal: () => (sent++ === 0 ? bus.signal() : Promise.reject(new Error("refused"))) } };
      },
    },
    "tells only the first of many messages": {
      promise: allHeard,
      fault: hearing((listener) => {
        let told = false;
        return (what) => {
          if (what === "signal" && told) return;
          told = what === "signal";
          setImmediate(() => {
            told = false;
          });
          listener(what);
        };
      }),
    },
    "begins without a gap": { promise: gapFirst, fault: hearing((listener) => (what) => what === "signal" && listener(what)) },
    "tells of the gap before it listens": {
      promise: gapFirst,
      fault: ({ bus }) => ({
        bus: {
          ...bus,
          subscribe(listener) {
            listener("gap");
            return () => {};
          },
        },
      }),
    },
    "goes on calling who stopped": {
      promise: stops,
      fault: ({ bus }) => ({
        bus: {
          ...bus,
          subscribe(listener) {
            bus.subscribe(listener);
            return () => {};
          },
        },
      }),
    },
    "stops all when one stops": {
      promise: stops,
      fault: ({ bus }) => {
        const all: (() => void)[] = [];
        return {
          bus: {
            ...bus,
            subscribe(listener) {
              all.push(bus.subscribe(listener));
              return () => {
                for (const stop of all) stop();
              };
            },
          },
        };
      },
    },
    "knows a listener only once": {
      promise: twice,
      fault: ({ bus }) => {
        const stops = new Map<Listener, () => void>();
        return {
          bus: {
            ...bus,
            subscribe(listener) {
              stops.get(listener)?.();
              const stop = bus.subscribe(listener);
              stops.set(listener, stop);
              return () => stops.get(listener)?.();
            },
          },
        };
      },
    },
    "is one for all namespaces": { promise: apart, fault: (_, __, backend) => ({ bus: backend.connect("all").bus }) },
    "is one for what begins alike": {
      promise: apart,
      fault: (_, namespace, backend) => ({ bus: backend.connect(namespace.slice(0, 20)).bus }),
    },
    "hides a cut": {
      promise: cut,
      fault: hearing((listener) => {
        let gaps = 0;
        return (what) => (what === "signal" || gaps++ === 0) && listener(what);
      }),
    },
    "does not come back from a cut": {
      promise: cut,
      fault: hearing((listener) => {
        let gaps = 0;
        return (what) => {
          if (what === "gap") gaps++;
          if (what === "gap" || gaps < 2) listener(what);
        };
      }),
    },
    "hears through a closed connection": { promise: closed, fault: () => ({ close: async () => {} }) },
    "sends through a closed connection": {
      promise: closed,
      fault: ({ bus }, namespace, backend) => ({ bus: { ...bus, signal: () => backend.connect(namespace).bus.signal() } }),
    },
  });
});

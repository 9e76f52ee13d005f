import { vi } from "vitest";
import { type Cache, createCache, createFreshness, type Freshness, ManualClock, type Policy, type Reading } from "../../src/index.ts";
import { createMemoryBackend, misbehavingBackend } from "../../src/testing/index.ts";
import { countedBackend, shipped } from "./nodes.ts";
import { ScriptedAuthority } from "./scripted-authority.ts";

export interface Process {
  readonly cache: Cache;
  readonly freshness: Freshness;
  /** Reads "key", which is made from "trip:1": what is held, or this value of the database's newest version. */
  read(value: string, policy?: Policy): Promise<string>;
}

/** Two processes on one database and one store. The second one is told of no change unless it polls. */
export async function createProcesses(policy: Policy = {}) {
  const clock = new ManualClock();
  const questions: string[] = [];
  const authority = Object.assign(new ScriptedAuthority(), {
    versionOf: vi.fn(async (tag: string): Promise<Reading> => {
      questions.push(tag);
      return authority.read(tag, 0).reading;
    }),
  });
  authority.change("trip:1");
  const store = countedBackend(createMemoryBackend({ clock }));
  const backend = misbehavingBackend(store, { clock });
  const start = async (): Promise<Process> => {
    const freshness = createFreshness({ authority, clock });
    await freshness.start();
    const cache = createCache({
      namespace: "test",
      freshness,
      l2: backend,
      policy: { ttlMs: 1e9, versionTag: "trip:1", ...policy },
    });
    return {
      cache,
      freshness,
      read: (value, own) => cache.getOrLoad("key", () => authority.read("trip:1", value), own as Policy<string>),
    };
  };
  const [a, b] = [await start(), await start()];
  const { connections } = backend;
  return { clock, authority, questions, store, connections, start, a, b };
}

/** As above, and what the first one has loaded is in the second tier. */
export async function createShared(policy?: Policy) {
  const processes = await createProcesses(policy);
  await processes.a.read("old");
  await shipped();
  processes.store.reset();
  processes.questions.length = 0;
  return processes;
}

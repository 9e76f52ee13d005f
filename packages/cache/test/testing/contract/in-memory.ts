import type { Backend, Connection } from "../../../src/backend.ts";
import { ManualClock } from "../../../src/clock.ts";
import { createMemoryBackend, type MemoryBackend } from "../../../src/testing/memory-backend.ts";
import { settled } from "../../support/deferred.ts";

/** How many changes the authority in memory remembers here. */
export const MAX_CHANGES = 300;

/** What a connection of a broken store does instead of what it should. */
export type Fault = (connection: Connection, namespace: string, backend: MemoryBackend) => Partial<Connection>;

/** Options of any suite for the store in memory, by a clock that only the suite advances, with this fault in each connection. */
export function inMemory(fault: Fault = () => ({}), options: { readonly timeoutMs?: number } = {}) {
  const clock = new ManualClock();
  const backend = createMemoryBackend({ clock, maxChanges: MAX_CHANGES });
  const connect: Backend["connect"] = (namespace) => {
    const connection = backend.connect(namespace);
    return { ...connection, ...fault(connection, namespace, backend) };
  };
  const elapse = async (ms: number) => {
    clock.advance(ms);
    await settled();
  };
  return { connect, elapse, backend, clock, ...options };
}

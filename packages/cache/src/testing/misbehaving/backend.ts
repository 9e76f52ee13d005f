import type { Backend, Connection } from "../../backend.ts";
import { type MisbehavingAuthority, misbehavingAuthority } from "./authority.ts";
import { type MisbehavingBus, misbehavingBus } from "./bus.ts";
import { type MisbehavingSharedTier, misbehavingSharedTier, type WrittenFrames } from "./shared-tier.ts";
import type { MisbehavingOptions } from "./trouble.ts";

/** A connection whose parts can be told to go wrong, each by itself. */
export interface MisbehavingConnection extends Connection {
  readonly tier: MisbehavingSharedTier;
  readonly bus: MisbehavingBus;
  readonly authority: MisbehavingAuthority<Connection["authority"]>;
}

/** A backend whose connections can be told to go wrong. */
export interface MisbehavingBackend extends Backend {
  connect(namespace: string): MisbehavingConnection;
  /** All that were ever made, in order: the last one is that of the cache that was created last. */
  readonly connections: readonly MisbehavingConnection[];
}

/** A backend, whichever, with connections that go wrong in the ways they are told to; each draws from a seed of its own. */
export function misbehavingBackend(backend: Backend, { seed = 1, ...options }: MisbehavingOptions = {}): MisbehavingBackend {
  const connections: MisbehavingConnection[] = [];
  const written = new Map<string, WrittenFrames>();
  return {
    connections,
    connect(namespace) {
      const { tier, bus, authority, close } = backend.connect(namespace);
      const frames: WrittenFrames = written.get(namespace) ?? new Map();
      written.set(namespace, frames);
      const own = (part: number) => ({ ...options, seed: seed + 3 * connections.length + part });
      const connection: MisbehavingConnection = {
        tier: misbehavingSharedTier(tier, own(0), frames),
        bus: misbehavingBus(bus, own(1)),
        authority: misbehavingAuthority(authority, own(2)),
        close,
      };
      connections.push(connection);
      return connection;
    },
  };
}

import { randomUUID } from "node:crypto";
import { onTestFinished, vi } from "vitest";
import type { Connection } from "../../src/backend.ts";
import { type RedisOptions, redis } from "../../src/redis.ts";

/** A namespace that no other test has. */
export const ownNamespace = () => `test-${randomUUID()}`;

/** A connection of `redis(options)`, closed when the test is over. It need not be connected yet. */
export function openConnection(options: RedisOptions, namespace = ownNamespace()): Connection {
  const connection = redis(options).connect(namespace);
  onTestFinished(() => connection.close());
  return connection;
}

/** The same once it is connected. */
export async function connect(options: RedisOptions, namespace?: string): Promise<Connection> {
  const connection = openConnection(options, namespace);
  await connected(connection);
  return connection;
}

/** Resolves when commands get through. */
export async function connected(connection: Connection): Promise<void> {
  const answers = () =>
    connection.tier.get(["?"]).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(answers, { timeout: 10_000, interval: 10 });
}

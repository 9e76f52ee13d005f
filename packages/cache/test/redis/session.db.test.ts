import { expect, inject, onTestFinished, test } from "vitest";
import type { Address } from "../../src/redis/options.ts";
import { Session } from "../../src/redis/session.ts";

const redisUrl = inject("redisUrl");

test.skipIf(redisUrl === undefined)("connections to several addresses have clients of one class, as making one takes long", async () => {
  const port = Number(new URL(redisUrl ?? "").port);
  const login = { username: undefined, password: undefined, database: 0, tls: undefined };
  const classOf = async (address: Address) => {
    const session = await Session.open({ address, login, limitMs: 5_000, signal: new AbortController().signal });
    onTestFinished(() => session.close());
    return session.client.constructor;
  };
  expect(await classOf({ host: "127.0.0.1", port })).toBe(await classOf({ host: "localhost", port }));
});

import { afterAll, expect, test } from "vitest";
import { type RedisServer, redisProgram, startRedisServer } from "../support/redis-server.ts";

const servers: RedisServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

test.skipIf(redisProgram === undefined)(
  "a server of the test's own can be paused, killed, and started again with or without its data",
  async () => {
    const server = await startRedisServer({ password: "p@ss" });
    servers.push(server);
    await server.command(["SET", "kept", "yes"]);
    await server.command(["SAVE"]);
    await server.command(["SET", "lost", "yes"]);

    server.pause();
    const answer = server.command(["MGET", "kept", "lost"]);
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, "nothing"))]);
    expect(early).toBe("nothing");
    server.resume();
    expect(await answer).toEqual(["yes", "yes"]);

    await server.kill();
    await expect(server.command(["PING"])).rejects.toThrow("ECONNREFUSED");
    await server.restart();
    expect(await server.command(["MGET", "kept", "lost"])).toEqual(["yes", null]);
  },
);

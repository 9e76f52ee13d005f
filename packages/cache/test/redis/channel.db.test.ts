import { afterAll, describe, expect, test, vi } from "vitest";
import { connect, ownNamespace } from "../support/redis-connection.ts";
import { redisProgram, startRedisServer } from "../support/redis-server.ts";

const shared = redisProgram === undefined ? undefined : await startRedisServer();
const url = shared?.url ?? "";
afterAll(() => shared?.stop());

describe.skipIf(shared === undefined)("a channel on Redis", () => {
  test("carries texts to all of its namespace and name, the sender included, until they stop listening", async () => {
    const namespace = ownNamespace();
    const [one, other, foreign] = [await connect({ url }, namespace), await connect({ url }, namespace), await connect({ url })];
    const heard: string[] = [];
    const listen = (name: string, { channel }: typeof one, topic = "talk") =>
      channel!(topic).subscribe((text) => heard.push(`${name}: ${text}`));
    const offs = [listen("one", one), listen("other", other), listen("foreign", foreign), listen("elsewhere", other, "walk")];
    // A subscription takes a moment: said again and again until it is heard by both.
    await vi.waitUntil(async () => {
      await one.channel!("talk").send("hello");
      return heard.includes("one: hello") && heard.includes("other: hello");
    });
    await other.channel!("talk").send('{"a":"ü"}');
    await vi.waitUntil(() => heard.filter((text) => text.endsWith('{"a":"ü"}')).length === 2);
    expect(heard.some((text) => text.startsWith("foreign") || text.startsWith("elsewhere"))).toBe(false);

    for (const off of offs) off();
    heard.length = 0;
    const again = listen("again", one);
    await vi.waitUntil(async () => {
      await other.channel!("talk").send("bye");
      return heard.includes("again: bye");
    });
    expect(new Set(heard)).toEqual(new Set(["again: bye"]));
    again();
  });
});

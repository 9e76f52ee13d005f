import { describe, expect, test } from "vitest";
import { redis } from "../../../cache/src/redis.ts";
import { parseRedisUrl } from "../../src/redis-url.ts";

const parse = (text: string) => {
  const problems: string[] = [];
  return { place: parseRedisUrl(text, (problem) => problems.push(problem)), problems };
};

describe("the address of Redis", () => {
  test.each([
    ["redis://localhost", "redis://localhost"],
    ["redis://localhost:6380/2", "redis://localhost:6380/2"],
    ["redis://user:p%40ss@cache.example.org:6379/0", "redis://cache.example.org:6379/0"],
    ["rediss://:secret@cache.example.org", "rediss://cache.example.org"],
    ["redis://[::1]:6379", "redis://[::1]:6379"],
  ])("%s is one server", (text, label) => {
    expect(parse(text)).toEqual({ place: { options: { url: text }, label }, problems: [] });
  });

  test.each([
    [
      "redis+sentinel://one.example.org:26379,two.example.org:26380/mymaster",
      { sentinel: { name: "mymaster", nodes: ["one.example.org:26379", "two.example.org:26380"] }, database: 0 },
      "redis+sentinel://one.example.org:26379,two.example.org:26380/mymaster",
    ],
    [
      "redis+sentinel://one,[::1]:26379/cards%20here/3",
      { sentinel: { name: "cards here", nodes: ["one", "[::1]:26379"] }, database: 3 },
      "redis+sentinel://one,[::1]:26379/cards%20here/3",
    ],
    [
      "rediss+sentinel://user:p%40s:s@one/cards/0?sentinel_username=watcher&sentinel_password=p%26q",
      {
        sentinel: { name: "cards", nodes: ["one"], username: "watcher", password: "p&q" },
        database: 0,
        username: "user",
        password: "p@s:s",
        tls: true,
      },
      "rediss+sentinel://one/cards/0",
    ],
    ["redis+cluster://one:6379", { cluster: { nodes: ["one:6379"] } }, "redis+cluster://one:6379"],
    [
      "rediss+cluster://:hush@one:6379,two,10.0.0.3:7000/",
      { cluster: { nodes: ["one:6379", "two", "10.0.0.3:7000"] }, password: "hush", tls: true },
      "rediss+cluster://one:6379,two,10.0.0.3:7000/",
    ],
  ])("%s is several, as the cache takes them", (text, options, label) => {
    const { place, problems } = parse(text);
    expect({ place, problems }).toEqual({ place: { options, label }, problems: [] });
    expect(() => redis(place!.options)).not.toThrow();
  });

  test.each([
    "http://hush.example.org:6379",
    "hush:6379",
    "redis://",
    "redis://:hush@localhost/cards",
    "redis://localhost/0?hush=true",
    "redis://:%zzhush@localhost",
    "redis://:hush@one:6379,two:6379",
    "redis+sentinel://:hush@one:26379",
    "redis+sentinel://:hush@/mymaster",
    "redis+sentinel://:hush@one:26379,/mymaster",
    "redis+sentinel://:hush@one:port/mymaster",
    "redis+sentinel://:hush@one two/mymaster",
    "redis+sentinel://:hush@one/mymaster/zero",
    "redis+sentinel://:hush@one/mymaster/0/1",
    "redis+sentinel://:hush@one/%zz",
    "redis+sentinel://:%zzhush@one/mymaster",
    "redis+sentinel://one/mymaster?password=hush",
    "redis+sentinel://one/mymaster#hush",
    "redis+cluster://:hush@one/0",
    "redis+cluster://:hush@one?sentinel_password=hush",
    "redis+cluster://",
    "redis+socket://hush",
  ])("%s is none: that is said with what to write instead, and without what may be secret", (text) => {
    const { place, problems } = parse(text);
    expect(place).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(/^REDIS_URL must be rediss?\S*:\/\/USER:PASSWORD@HOST:PORT/)]);
    expect(problems[0]).not.toContain("hush");
  });
});

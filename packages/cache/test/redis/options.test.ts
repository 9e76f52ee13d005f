import { describe, expect, test } from "vitest";
import { CacheOptionError } from "../../src/errors.ts";
import { parseOptions } from "../../src/redis/options.ts";
import { type RedisOptions, redis } from "../../src/redis.ts";

const nobody = { username: undefined, password: undefined, database: 0, tls: undefined };

describe("the options of redis()", () => {
  test.each<[RedisOptions, object]>([
    [{ url: "redis://cache.example.org" }, { place: { address: { host: "cache.example.org", port: 6_379 } }, login: nobody }],
    [
      { url: "rediss://us%40er:p%3Aw@10.0.0.1:7000/12" },
      { place: { address: { host: "10.0.0.1", port: 7_000 } }, login: { username: "us@er", password: "p:w", database: 12, tls: {} } },
    ],
    [
      { url: "redis://:secret@[::1]:7000/" },
      { place: { address: { host: "::1", port: 7_000 } }, login: { ...nobody, password: "secret" } },
    ],
    [{ url: "redis://user@h", password: "p" }, { login: { ...nobody, username: "user", password: "p" } }],
    [{ url: "rediss://h", tls: { servername: "other" } }, { login: { ...nobody, tls: { servername: "other" } } }],
    [{ url: "rediss://h", tls: true }, { login: { ...nobody, tls: {} } }],
    [
      { sentinel: { name: "mymaster", nodes: ["a", "b:5000", "[::1]:5001"], password: "s" }, password: "p", database: 2, tls: true },
      {
        place: {
          kind: "sentinel",
          name: "mymaster",
          nodes: [
            { host: "a", port: 26_379 },
            { host: "b", port: 5_000 },
            { host: "::1", port: 5_001 },
          ],
          login: { ...nobody, password: "s", tls: {} },
        },
        login: { ...nobody, password: "p", database: 2, tls: {} },
      },
    ],
    [
      { cluster: { nodes: ["a:7000"] }, username: "u", password: "p" },
      { place: { kind: "cluster", nodes: [{ host: "a", port: 7_000 }] }, login: { ...nobody, username: "u", password: "p" } },
    ],
  ])("are understood: %j", (options, expected) => {
    expect(parseOptions(options)).toMatchObject(expected);
  });

  test.each<[unknown, string]>([
    [{}, "redis() needs one of: url, sentinel, cluster."],
    [{ url: "redis://h", cluster: { nodes: ["a"] } }, "redis() needs one of: url, sentinel, cluster."],
    [{ url: "" }, "url must be redis://user:password@host:port/database"],
    [{ url: "localhost:6379" }, "url must be redis://"],
    [{ url: "http://h" }, "url must be redis://"],
    [{ url: "redis://:secret@/1" }, "url must be redis://"],
    [{ url: "redis://h/one" }, "url must be redis://"],
    [{ url: "redis://h?db=1" }, "url must be redis://"],
    [{ url: "redis://:secret%@h" }, "must be written as %xx"],
    [{ url: undefined }, "redis() needs one of"],
    [{ url: 7 }, "url must be redis://"],
    [{ url: "redis://h", tls: true }, "tls needs a url that begins with rediss://."],
    [{ url: "redis://:secret@h", password: "other" }, "Give the password in the url or as an option, not both."],
    [{ sentinel: { name: "", nodes: ["a"] } }, "sentinel.name must be"],
    [{ sentinel: { name: "m", nodes: [] } }, "sentinel.nodes must name at least one node"],
    [{ sentinel: { name: "m", nodes: ["a"] }, database: -1 }, "database must be 0 or a positive integer"],
    [{ url: "redis://h", database: 1 }, "in a url the database is the path"],
    [{ cluster: { nodes: ["redis://a:7000"] } }, 'cluster.nodes must be "host:port" each'],
    [{ cluster: { nodes: ["user:secret@a:7000"] } }, 'cluster.nodes must be "host:port" each'],
    [{ cluster: { nodes: ["a:7000/1"] } }, 'cluster.nodes must be "host:port" each'],
    [{ cluster: { nodes: ["a:99999"] } }, 'cluster.nodes must be "host:port" each'],
    [{ cluster: { nodes: "a:7000" } }, "cluster.nodes must name at least one node"],
    [{ url: "redis://h", heartbeatMs: 0 }, "heartbeatMs must be a positive integer, not 0."],
    [{ url: "redis://h", connectTimeoutMs: Number.POSITIVE_INFINITY }, "connectTimeoutMs must be a positive integer"],
    [{ url: "redis://h", logEntries: 1.5 }, "logEntries must be a positive integer"],
  ])("that cannot be are refused, and no password is told: %j", (options, message) => {
    const refused = () => redis(options as RedisOptions);
    expect(refused).toThrow(CacheOptionError);
    expect(refused).toThrow(message);
    expect(refused).not.toThrow("secret");
  });

  test("a namespace that could be mistaken for another's keys is refused", () => {
    for (const namespace of ["a:b", "~a", "{a}", "a*", ""]) {
      expect(() => redis({ url: "redis://127.0.0.1:1" }).connect(namespace)).toThrow(CacheOptionError);
    }
  });
});

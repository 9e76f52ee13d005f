import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { Snapshot } from "../../src/trips/snapshot.ts";
import { encodeSnapshot } from "../../src/trips/snapshot-codec.ts";
import { trainingCourse, tree } from "../trips/snapshot-sources.ts";

describe("the settings", () => {
  test("have defaults, and none can be changed afterwards", () => {
    const config = parseConfig({ QRCARDS_DATA: "/srv/cards" });
    expect(config).toMatchObject({
      databaseUrl: "sqlite:/srv/cards/qrcards.db",
      port: 3000,
      host: "0.0.0.0",
      publicUrlIsSet: false,
      cache: {
        redis: undefined,
        redisPrefix: "qrcards",
        eviction: "second-chance",
        structures: { tiers: "both", l1TtlMs: Number.POSITIVE_INFINITY, l2TtlMs: 7 * 86_400_000, maxBytes: 384 * 2 ** 20 },
        paths: { tiers: "none" },
      },
      pageCacheBytes: 128 * 2 ** 20,
      renderThreads: 2,
      workers: Math.min(availableParallelism(), 64),
      logLevel: "warn",
      logSample: 0.01,
      metrics: { port: 9464, portIsSet: false, host: "127.0.0.1" },
    });
    expect(config.publicUrl).toMatch(/^http:\/\/[^/]+:3000$/);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("that are empty are as if they were not there", () => {
    const empty = { PORT: "", HOST: "", DATABASE_URL: "", PUBLIC_URL: "", QRCARDS_DATA: "", LOG_LEVEL: "", RENDER_THREADS: "" };
    expect(parseConfig(empty)).toEqual(parseConfig({}));
  });

  test.each(["https://cards.example.org", "https://CARDS.example.org/", "http://10.0.0.7:8080"])("take %s as the public address", (url) => {
    const config = parseConfig({ PUBLIC_URL: url });
    expect(config).toMatchObject({ publicUrl: new URL(url).origin, publicUrlIsSet: true });
  });

  test.each([
    ["PUBLIC_URL", "https://cards.example.org/books"],
    ["PUBLIC_URL", "https://cards.example.org/?a"],
    ["PUBLIC_URL", "https://user@cards.example.org"],
    ["PUBLIC_URL", "https://:secret@cards.example.org"],
    ["PUBLIC_URL", "ftp://cards.example.org"],
    ["PUBLIC_URL", "cards.example.org"],
    ["PORT", "65536"],
    ["PORT", "0x10"],
    ["PORT", " 80"],
    ["RENDER_THREADS", "0"],
    ["WORKERS", "0"],
    ["WORKERS", "65"],
    ["WORKERS", "two"],
    ["REDIS_URL", "http://localhost:6379"],
    ["REDIS_PREFIX", "cards:"],
    ["REDIS_PREFIX", "-cards"],
    ["QRCARDS_CACHE_PRESET", "fastest"],
    ["CACHE_EVICTION", "fifo"],
    ["STRUCTURE_CACHE_TIERS", "l3"],
    ["STRUCTURE_CACHE_TIERS", "l2"],
    ["STRUCTURE_CACHE_L1_TTL", "3600"],
    ["STRUCTURE_CACHE_L2_TTL", "0d"],
    ["STRUCTURE_CACHE_TRIPS", "0"],
    ["STRUCTURE_CACHE_MB", "1e3"],
    ["PATH_CACHE_TIERS", "on"],
    ["PATH_CACHE_TIERS", "l2"],
    ["PATH_CACHE_L1_TTL", "1w"],
    ["PATH_CACHE_L2_TTL", "-1h"],
    ["PATH_CACHE_PATHS", "many"],
    ["PATH_CACHE_MB", "0"],
    ["PAGE_CACHE_MB", "-1"],
    ["LOG_LEVEL", "loud"],
    ["LOG_SAMPLE", "2"],
    ["LOG_SAMPLE", "-0.1"],
    ["LOG_SAMPLE", "1e-1"],
    ["METRICS_PORT", "on"],
    ["METRICS_PORT", "65536"],
    ["DATABASE_URL", "mysql://localhost/cards"],
  ])("refuse %s=%s by its name", (name, value) => {
    expect(() => parseConfig({ [name]: value })).toThrow(
      expect.objectContaining({ code: "config-invalid", message: expect.stringContaining(name) }),
    );
  });

  test("of metrics and logs are taken", () => {
    expect(parseConfig({ METRICS_PORT: "0", METRICS_HOST: "::", LOG_SAMPLE: ".5" })).toMatchObject({
      metrics: { port: 0, portIsSet: true, host: "::" },
      logSample: 0.5,
    });
    expect(parseConfig({ METRICS_PORT: "off" }).metrics.port).toBe(undefined);
  });

  test("name everything that is wrong, not only the first", () => {
    expect(() => parseConfig({ PORT: "x", LOG_LEVEL: "y", PUBLIC_URL: "z" })).toThrow(/PORT.*PUBLIC_URL.*LOG_LEVEL/);
  });

  test("of the founding preset are the sizes, times, families and eviction of the first design", () => {
    const hour = 3_600_000;
    const founding = { QRCARDS_CACHE_PRESET: "founding" };
    expect(parseConfig({ ...founding, REDIS_URL: "redis://localhost" }).cache).toMatchObject({
      eviction: "lru",
      structures: { tiers: "both", maxEntries: 1_000, l1TtlMs: hour, l2TtlMs: hour },
      paths: { tiers: "l2", l2TtlMs: hour / 2 },
    });
    expect(parseConfig(founding).cache).toMatchObject({ structures: { tiers: "both" }, paths: { tiers: "none" } });
  });

  test("that are given win over the preset", () => {
    const { cache } = parseConfig({
      QRCARDS_CACHE_PRESET: "founding",
      CACHE_EVICTION: "second-chance",
      STRUCTURE_CACHE_TRIPS: "20",
      STRUCTURE_CACHE_L1_TTL: "forever",
      STRUCTURE_CACHE_MB: "1",
      PATH_CACHE_TIERS: "none",
      PATH_CACHE_L2_TTL: "90s",
    });
    expect(cache).toMatchObject({
      eviction: "second-chance",
      structures: { tiers: "both", maxEntries: 20, maxBytes: 2 ** 20, l1TtlMs: Number.POSITIVE_INFINITY, l2TtlMs: 3_600_000 },
      paths: { tiers: "none", l2TtlMs: 90_000 },
    });
  });

  test("hold five thousand trips of two hundred pages in memory by default", () => {
    const { structures } = parseConfig({}).cache;
    const { sizeBytes } = new Snapshot(encodeSnapshot(tree(trainingCourse())));
    expect(structures.maxEntries).toBeGreaterThanOrEqual(5_000);
    expect(structures.maxBytes).toBeGreaterThanOrEqual(5_000 * sizeBytes);
  });
});

import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config.ts";

describe("the settings", () => {
  test("have defaults, and none can be changed afterwards", () => {
    const config = parseConfig({ QRCARDS_DATA: "/srv/cards" });
    expect(config).toMatchObject({
      databaseUrl: "sqlite:/srv/cards/qrcards.db",
      port: 3000,
      host: "0.0.0.0",
      publicUrlIsSet: false,
      structureCacheBytes: 256 * 2 ** 20,
      pageCacheBytes: 128 * 2 ** 20,
      renderThreads: 2,
      logLevel: "warn",
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
    ["STRUCTURE_CACHE_MB", "1e3"],
    ["PAGE_CACHE_MB", "-1"],
    ["LOG_LEVEL", "loud"],
    ["DATABASE_URL", "mysql://localhost/cards"],
  ])("refuse %s=%s by its name", (name, value) => {
    expect(() => parseConfig({ [name]: value })).toThrow(
      expect.objectContaining({ code: "config-invalid", message: expect.stringContaining(name) }),
    );
  });

  test("name everything that is wrong, not only the first", () => {
    expect(() => parseConfig({ PORT: "x", LOG_LEVEL: "y", PUBLIC_URL: "z" })).toThrow(/PORT.*PUBLIC_URL.*LOG_LEVEL/);
  });
});

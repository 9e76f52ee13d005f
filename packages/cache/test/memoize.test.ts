import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { createCache } from "../src/index.ts";
import { argumentsKey } from "../src/key.ts";

test("a memoised function runs once for the same arguments", async () => {
  const cache = createCache({ namespace: "test" });
  const fn = vi.fn(async (id: number, language: string) => `${language} ${id}`);
  const memoised = cache.memoize(fn, { key: "trip" });
  expect(await Promise.all([memoised(1, "en"), memoised(1, "en"), memoised(1, "de")])).toEqual(["en 1", "en 1", "de 1"]);
  expect(await memoised(1, "en")).toBe("en 1");
  expect(fn).toHaveBeenCalledTimes(2);
});

test("its keys are ordinary keys of the cache, and its policy an ordinary policy", async () => {
  const cache = createCache({ namespace: "test" });
  const memoised = cache.memoize((user: { id: number }) => user.id, { key: (user) => `user:${user.id}`, tags: ["users"] });
  await memoised({ id: 7 });
  expect(cache.peek("user:7")).toBe(7);
  await cache.invalidateTags(["users"]);
  expect(cache.peek("user:7")).toBeUndefined();
});

test("arguments that make no key reject the call", async () => {
  const cache = createCache({ namespace: "test" });
  const memoised = cache.memoize((options: object) => options, { key: "prefix" });
  await expect(memoised({})).rejects.toMatchObject({ code: "option-invalid" });
});

test("different arguments never share a key, and the same always do", () => {
  const argument = fc.oneof(
    fc.string(),
    fc.constantFrom("1", ",", '"', "null", "undefined", "1n", "-0"),
    fc.double(),
    fc.bigInt({ min: -5n, max: 5n }),
    fc.boolean(),
    fc.constantFrom(null, undefined, 0, -0, 1),
  );
  const list = fc.array(argument, { maxLength: 3 });
  fc.assert(
    fc.property(list, list, (a, b) => {
      const same = a.length === b.length && a.every((arg, i) => Object.is(arg, b[i]));
      expect(argumentsKey("f", a) === argumentsKey("f", b)).toBe(same);
      expect(argumentsKey("f", a)).toBe(argumentsKey("f", [...a]));
    }),
    { numRuns: 2_000 },
  );
});

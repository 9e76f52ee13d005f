import { describe, expect, test, vi } from "vitest";
import { type Codec, json, type SharedStats } from "../src/index.ts";
import { createNodes, shipped } from "./support/nodes.ts";

const NO_READS: SharedStats["reads"] = { accepted: 0, over: 0, refused: 0, missing: 0, garbage: 0, late: 0, unavailable: 0 };
const NO_WRITES: SharedStats["writes"] = { kept: 0, superseded: 0, tooLarge: 0, unencodable: 0, unavailable: 0 };

/** Two processes; what the first one has loaded for "key" is in the second tier. */
async function createShared(...args: Parameters<typeof createNodes<2>>) {
  const nodes = await createNodes(...args);
  const [a, b] = nodes.caches;
  await a.getOrLoad("key", () => "value");
  await shipped();
  nodes.store.reset();
  return { ...nodes, a, b };
}

describe("a value comes back from the second tier", () => {
  test("with the same value and type as from its loader", async () => {
    const { a, b } = await createShared(2);
    const value = { at: new Date(5), map: new Map([[1, new Set([1n])]]), bytes: new Uint8Array([1, 2]), none: undefined, nan: Number.NaN };
    await a.set("rich", value);
    const taken = await b.getOrLoad<unknown>("rich", () => "loaded");
    expect(taken).toEqual(value);
    expect(taken).not.toBe(value);
    expect(b.peek("rich")).toBe(taken);
  });

  test.each([[0], [""], [false], [null], [Number.NaN], [[]]])("also if it is %o", async (value) => {
    const { a, b } = await createShared(2);
    await a.set("falsy", value);
    expect(await b.getOrLoad<unknown>("falsy", () => "loaded")).toEqual(value);
    expect(b.stats()).toMatchObject({ hitsFromL2: 1, reads: { hit: 1 } });
  });
});

describe("what cannot be read there is a counted miss, and is replaced", () => {
  const putting = async (bytes: (held: Uint8Array) => Uint8Array) => {
    const shared = await createShared(2);
    const { tier } = shared.connections[0]!;
    const [held] = await tier.get(["key"]);
    await tier.delete(["key"]);
    await tier.set("key", bytes(held!), 60_000);
    return shared;
  };
  test.each([
    ["garbage", () => new Uint8Array([1, 2, 3])],
    ["nothing", () => new Uint8Array()],
    ["a part", (held: Uint8Array) => held.subarray(0, held.length - 1)],
    ["another format", (held: Uint8Array) => held.with(1, 0x39)],
    ["no text of the codec", (held: Uint8Array) => held.with(held.length - 1, 0x7b)],
  ])("%s", async (_, bytes) => {
    const { b } = await putting(bytes);
    expect(await b.getOrLoad("key", () => "loaded")).toBe("loaded");
    expect(b.stats().l2!.reads).toEqual({ ...NO_READS, garbage: 1 });
    await shipped();
    expect(b.stats().l2!.writes).toEqual({ ...NO_WRITES, kept: 1 });
  });

  test("another key's bytes", async () => {
    const { a, b, connections } = await createShared(2);
    await a.set("other", "other's");
    const { tier } = connections[0]!;
    await tier.set("key", (await tier.get(["other"]))[0]!, 60_000);
    expect(await b.getOrLoad("key", () => "loaded")).toBe("loaded");
  });

  test("another codec's payload", async () => {
    const { b } = await createShared(2);
    const codec: Codec<string> = { id: "mine", encode: (value) => Buffer.from(value), decode: (bytes) => Buffer.from(bytes).toString() };
    expect(await b.getOrLoad("key", () => "loaded", { codec })).toBe("loaded");
    expect(b.stats().l2!.reads).toMatchObject({ garbage: 1 });
  });

  test("what a codec throws on", async () => {
    const decode = vi.fn(() => {
      throw "anything";
    });
    const { b } = await createShared(2, { l2: { codec: { ...json, decode } } });
    expect(await b.getOrLoad("key", () => "loaded")).toBe("loaded");
    expect(decode).toHaveBeenCalledTimes(1);
    expect(b.stats().l2!.reads).toMatchObject({ garbage: 1 });
  });
});

describe("a codec of one's own", () => {
  test("is asked for each value that is put there and taken from there, and no other is", async () => {
    const codec: Codec<string> = {
      id: "mine",
      encode: vi.fn((value: string) => Buffer.from(value.toUpperCase())),
      decode: vi.fn((bytes: Uint8Array) => Buffer.from(bytes).toString()),
    };
    const { caches } = await createNodes(2);
    const [a, b] = caches;
    await a.getOrLoad("key", () => "value", { codec });
    await shipped();
    expect(await b.getOrLoad("key", () => "loaded", { codec })).toBe("VALUE");
    expect((await b.explain("key")).l2).toMatchObject({ codec: "mine", bytes: 5 });
    expect(codec.encode).toHaveBeenCalledTimes(1);
    expect(codec.decode).toHaveBeenCalledTimes(1);
  });

  test("that throws on a value leaves it to this process", async () => {
    const { caches, store } = await createNodes(1);
    const [a] = caches;
    const value = { call: () => 1 };
    expect(await a.getOrLoad("key", () => value)).toBe(value);
    await shipped();
    expect(a.peek("key")).toBe(value);
    expect(store.commands.set).toBe(0);
    expect(a.stats().l2!.writes).toEqual({ ...NO_WRITES, unencodable: 1 });
  });
});

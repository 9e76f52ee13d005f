import { expect, test } from "vitest";
import { ManualClock } from "../../src/clock.ts";
import { CacheClosedError } from "../../src/errors.ts";
import { createMemoryBackend } from "../../src/testing/memory-backend.ts";
import { settled } from "../support/deferred.ts";

const frame = (text: string) => new TextEncoder().encode(text);

test("all connections to one namespace share one store, and other namespaces have their own", async () => {
  const backend = createMemoryBackend();
  const [a, b, other] = [backend.connect("one"), backend.connect("one"), backend.connect("other")];
  await a.tier.set("key", frame("value"), 1_000);
  const { seq } = await a.authority.bump(["tag"]);
  expect(await b.tier.get(["key"])).toEqual([frame("value")]);
  expect(await other.tier.get(["key"])).toEqual([undefined]);
  expect((await b.authority.poll(undefined)).seq).toBe(seq);
  expect((await other.authority.poll(undefined)).seq).toBe(0);
});

test("lifetimes go by the clock that was given", async () => {
  const clock = new ManualClock();
  const { tier } = createMemoryBackend({ clock }).connect("one");
  await tier.set("key", frame("value"), 1_000);
  await tier.lock("key", "mine", 1_000);
  clock.advance(999);
  expect(await tier.get(["key"])).toEqual([frame("value")]);
  expect(await tier.lock("key", "yours", 1_000)).toBe(false);
  clock.advance(1);
  expect(await tier.get(["key"])).toEqual([undefined]);
  expect(await tier.lock("key", "yours", 1_000)).toBe(true);
  expect(tier.now()).toBe(1_000);
});

test("what was handed out or taken in can be changed by its owner without changing what is held", async () => {
  const { tier } = createMemoryBackend().connect("one");
  const mine = Buffer.from("value");
  await tier.set("key", mine, 1_000);
  mine.fill("x");
  const [held] = await tier.get(["key"]);
  held?.fill(0);
  expect(await tier.get(["key"])).toEqual([frame("value")]);
});

test("a signal arrives after the turn of whoever sent it, at everybody who still listens", async () => {
  const backend = createMemoryBackend();
  const [a, b] = [backend.connect("one"), backend.connect("one")];
  const heard: string[] = [];
  a.bus.subscribe((what) => heard.push(`a ${what}`));
  const stop = b.bus.subscribe((what) => heard.push(`b ${what}`));
  await settled();
  expect(heard.splice(0)).toEqual(["a gap", "b gap"]);
  const signalled = a.bus.signal();
  expect(heard).toEqual([]);
  await signalled;
  await settled();
  expect(heard.splice(0)).toEqual(["a signal", "b signal"]);
  backend.cutSubscriptions("one");
  stop();
  await settled();
  expect(heard).toEqual(["a gap"]);
});

test("losing everything begins another history and leaves other namespaces alone", async () => {
  const backend = createMemoryBackend();
  const [lost, kept] = [backend.connect("lost"), backend.connect("kept")];
  for (const { tier } of [lost, kept]) await tier.set("key", frame("value"), 1_000);
  const { epoch } = await lost.authority.bump(["tag"]);
  backend.loseEverything("lost");
  expect(await lost.tier.get(["key"])).toEqual([undefined]);
  expect(await kept.tier.get(["key"])).toEqual([frame("value")]);
  const answer = await lost.authority.poll(undefined);
  expect(answer.epoch).not.toBe(epoch);
  expect(answer.seq).toBe(0);
});

test("the log forgets its oldest changes, says so, and never tears one apart", async () => {
  const { authority } = createMemoryBackend({ maxChanges: 3 }).connect("one");
  const first = await authority.poll(undefined);
  expect(first).toMatchObject({ seq: 0, completeFrom: 0 });
  await authority.bump(["a", "b"]);
  expect(await authority.poll(first)).toMatchObject({ completeFrom: 0, changes: [{ seq: 0 }, { tag: "a" }, { tag: "b" }] });
  await authority.bump(["c", "d"]);
  const { changes, completeFrom } = await authority.poll(undefined);
  expect(changes.map(({ seq, tag }) => `${seq} ${tag}`)).toEqual(["2 c", "2 d"]);
  expect(completeFrom).toBe(2);
  await authority.bump(["e", "f", "g", "h"]);
  expect((await authority.poll(undefined)).changes).toHaveLength(4);
});

test("a change of no tags is none", async () => {
  const { authority } = createMemoryBackend().connect("one");
  const before = await authority.poll(undefined);
  expect(await authority.bump([])).toMatchObject({ seq: before.seq, stamp: before.stamp });
});

test("a closed connection is refused everything and hears nothing, and others go on", async () => {
  const backend = createMemoryBackend();
  const [closed, open] = [backend.connect("one"), backend.connect("one")];
  const heard: string[] = [];
  closed.bus.subscribe((what) => heard.push(what));
  await settled();
  await closed.close();
  closed.bus.subscribe((what) => heard.push(what));
  await open.bus.signal();
  await settled();
  expect(heard).toEqual(["gap"]);
  await expect(closed.tier.get(["key"])).rejects.toThrow(CacheClosedError);
  await expect(closed.bus.signal()).rejects.toThrow(CacheClosedError);
  await expect(closed.authority.bump(["tag"])).rejects.toThrow(CacheClosedError);
  expect(await open.tier.get(["key"])).toEqual([undefined]);
});

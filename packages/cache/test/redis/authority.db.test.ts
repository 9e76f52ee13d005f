import fc from "fast-check";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import type { PollAnswer } from "../../src/authority.ts";
import { connect, connected, openConnection, ownNamespace } from "../support/redis-connection.ts";
import { redisProgram, startRedisServer } from "../support/redis-server.ts";

const shared = redisProgram === undefined ? undefined : await startRedisServer();
const url = shared?.url ?? "";
const command = (...args: string[]) => shared!.command(args);
afterAll(() => shared?.stop());

const tagsOf = ({ changes }: PollAnswer) => changes.map((change) => change.tag).filter((tag) => tag !== "");

/** The row that says which change it was that had the number polled last. */
const joint = (answer: PollAnswer, seq: number) => answer.changes.find((change) => change.seq === seq);

describe.skipIf(shared === undefined)("the log of invalidations in Redis", () => {
  test("begins with an epoch that everybody gets to know, and nothing in it", async () => {
    const namespace = ownNamespace();
    const one = (await connect({ url }, namespace)).authority;
    const other = (await connect({ url }, namespace)).authority;
    const [answer, same] = await Promise.all([one.poll(undefined), other.poll(undefined)]);
    expect(same).toEqual(answer);
    expect(tagsOf(answer)).toEqual([]);
    expect(answer.completeFrom).toBeLessThanOrEqual(answer.seq + 1);
    expect(answer.epoch).toMatch(/^[0-9a-f]{16}$/);
    const elsewhere = (await connect({ url })).authority;
    expect((await elsewhere.poll(undefined)).epoch).not.toBe(answer.epoch);
  });

  test("tells each tag that changed since, with its last change, in order", async () => {
    const { authority } = await connect({ url });
    const since = await authority.poll(undefined);
    const first = await authority.bump(["a", "b"]);
    const second = await authority.bump(["=köy 🙂", "a"]);
    expect([first.seq, second.seq]).toEqual([since.seq + 1, since.seq + 2]);
    expect(first.stamp).not.toBe(second.stamp);

    const answer = await authority.poll(since);
    expect(answer).toMatchObject({ ...second, generation: since.generation, completeFrom: since.completeFrom });
    expect(answer.changes).toEqual([
      { seq: since.seq, tag: "", stamp: since.stamp },
      { seq: first.seq, tag: "b", stamp: "" },
      { seq: second.seq, tag: "=köy 🙂", stamp: second.stamp },
      { seq: second.seq, tag: "a", stamp: second.stamp },
    ]);
    const later = await authority.poll(first);
    expect(later.changes[0]).toEqual({ seq: first.seq, tag: "", stamp: first.stamp });
    expect(tagsOf(later)).toEqual(["=köy 🙂", "a"]);
    expect((await authority.poll(second)).changes).toEqual([{ seq: second.seq, tag: "", stamp: second.stamp }]);
    expect(tagsOf(await authority.poll(undefined))).toEqual(["b", "=köy 🙂", "a"]);
  });

  test("goes on where two processes bump at the same time", async () => {
    const namespace = ownNamespace();
    const [one, other] = [(await connect({ url }, namespace)).authority, (await connect({ url }, namespace)).authority];
    const since = await one.poll(undefined);
    const positions = await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 2 ? one : other).bump([`${index}`])));
    expect(positions.map((position) => position.seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => since.seq + 1 + index),
    );
    expect(new Set(tagsOf(await one.poll(since)))).toEqual(new Set(Array.from({ length: 100 }, (_, index) => `${index}`)));
  });

  test("takes lists of tags of any length as one change, and a call without any", async () => {
    const { authority } = await connect({ url, logEntries: 100_000 });
    const since = await authority.poll(undefined);
    const tags = Array.from({ length: 50_000 }, (_, index) => `tag ${index}`);
    const { seq } = await authority.bump(tags);
    expect(seq).toBe(since.seq + 1);
    const answer = await authority.poll(since);
    expect(new Set(tagsOf(answer))).toEqual(new Set(tags));
    const nothing = await authority.bump([]);
    expect(nothing.seq).toBe(seq + 1);
    expect((await authority.poll(answer)).changes.at(-1)).toEqual({ seq: nothing.seq, tag: "", stamp: nothing.stamp });
  });

  test("remembers a bounded number of tags, and says from where on it is complete", async () => {
    const { authority } = await connect({ url, logEntries: 3 });
    const since = await authority.poll(undefined);
    const positions = [];
    for (const tag of ["a", "b", "c", "a", "d", "e"]) positions.push(await authority.bump([tag]));
    const [ofA, ofB, ofC] = positions;

    // Of six changes to five tags the newest three are left.
    const all = await authority.poll(undefined);
    expect(tagsOf(all)).toEqual(["a", "d", "e"]);
    expect(all.completeFrom).toBe(ofC!.seq + 1);
    // Who is further behind than that has missed something, and sees a break.
    for (const position of [since, ofA!, ofB!]) expect(joint(await authority.poll(position), position.seq)).toBeUndefined();
    const joined = await authority.poll(ofC);
    expect(joint(joined, ofC!.seq)).toMatchObject({ stamp: ofC!.stamp });
    expect(tagsOf(joined)).toEqual(["a", "d", "e"]);
  });

  test("that cannot hold even one change's tags says that nothing before is complete", async () => {
    const { authority } = await connect({ url, logEntries: 2 });
    const since = await authority.poll(undefined);
    const head = await authority.bump(["a", "b", "c", "d"]);
    expect(joint(await authority.poll(since), since.seq)).toBeUndefined();
    expect((await authority.poll(undefined)).completeFrom).toBe(head.seq + 1);
    expect(joint(await authority.poll(head), head.seq)).toMatchObject({ stamp: head.stamp });
  });

  test("agrees with a plain list of all that happened", async () => {
    const step = fc.oneof(
      fc.record({ bump: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 3 }) }),
      fc.record({ flush: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (steps, logEntries) => {
        const connection = await connect({ url, logEntries });
        const { authority } = connection;
        const seen = [await authority.poll(undefined)];
        const happened: { seq: number; tags: readonly string[]; epoch: string }[] = [];
        for (const each of steps) {
          if ("bump" in each) await authority.bump(each.bump);
          else await authority.flush(each.flush);
          const head = await authority.poll(undefined);
          happened.push({ seq: head.seq, tags: "bump" in each ? each.bump : [], epoch: head.epoch });
          seen.push(head);
        }
        const head = seen.at(-1)!;
        for (const since of seen) {
          const answer = await authority.poll(since);
          if (since.epoch !== head.epoch) continue;
          const changed = new Set(happened.filter(({ seq, epoch }) => seq > since.seq && epoch === head.epoch).flatMap(({ tags }) => tags));
          const row = joint(answer, since.seq);
          // Either everything is told, or it is seen that something is missing.
          if (since.seq === head.seq || row?.stamp === since.stamp) expect(new Set(tagsOf(answer))).toEqual(changed);
          else expect(since.seq + 1).toBeLessThan(answer.completeFrom!);
          for (const { seq, tags, epoch } of happened) {
            if (epoch === head.epoch && seq >= head.completeFrom!) for (const tag of tags) expect(tagsOf(head)).toContain(tag);
          }
        }
        await connection.close();
      }),
      { numRuns: 40 },
    );
  });

  test("a soft flush is a new generation of the same epoch, a hard one a new epoch; the counter goes on", async () => {
    const { authority } = await connect({ url });
    const before = await authority.bump(["a"]);
    const { generation } = await authority.poll(undefined);
    await authority.flush(false);
    const soft = await authority.poll(before);
    expect(soft).toMatchObject({ epoch: before.epoch, seq: before.seq + 1, generation: generation + 1 });
    expect(joint(soft, before.seq)).toMatchObject({ stamp: before.stamp });

    await authority.flush(true);
    const hard = await authority.poll(soft);
    expect(hard.epoch).not.toBe(before.epoch);
    expect(hard.seq).toBe(soft.seq + 1);
    expect(tagsOf(hard)).toEqual([]);
    expect((await authority.bump(["b"])).epoch).toBe(hard.epoch);
  });

  test.each(["position", "changes", "heads"])("begins a new epoch when %s was evicted, whoever notices it first", async (part) => {
    for (const first of ["poll", "bump", "soft flush", "hard flush"]) {
      const namespace = ownNamespace();
      const { authority } = await connect({ url }, namespace);
      const since = await authority.bump(["a", "b"]);
      expect(await command("DEL", `~{${namespace}}:${part}`)).toBe(1);
      if (first === "bump") await authority.bump(["c"]);
      if (first.endsWith("flush")) await authority.flush(first.startsWith("hard"));
      const answer = await authority.poll(since);
      expect(answer.epoch).not.toBe(since.epoch);
      expect(tagsOf(answer)).toEqual(first === "bump" ? ["c"] : []);
      expect((await authority.poll(undefined)).epoch).toBe(answer.epoch);
    }
  });

  test("begins a new epoch after FLUSHALL, and after a restart without its data", async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const connection = await connect({ url: server.url });
    const { authority } = connection;
    const first = await authority.bump(["a"]);
    await server.command(["FLUSHALL"]);
    const second = await authority.poll(first);
    expect(second.epoch).not.toBe(first.epoch);
    await server.restart();
    await connected(connection);
    expect((await authority.poll(second)).epoch).not.toBe(second.epoch);
  });

  test("shows that it was restored from an old dump: the counter is back, or the change polled last is another one", async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const connection = await connect({ url: server.url });
    const { authority } = connection;
    const saved = await authority.bump(["a"]);
    await server.command(["SAVE"]);
    const [, lost] = [await authority.bump(["b"]), await authority.bump(["c"])];
    await server.restart();
    await connected(connection);

    const back = await authority.poll(lost);
    expect(back).toMatchObject(saved);
    expect(back.seq).toBeLessThan(lost.seq);
    // Somebody else goes on from there, so that the number is the same again, and then beyond it.
    await authority.bump(["d"]);
    const same = await authority.bump(["e"]);
    expect(same).toMatchObject({ epoch: lost.epoch, seq: lost.seq });
    expect((await authority.poll(lost)).stamp).not.toBe(lost.stamp);
    await authority.bump(["f"]);
    const row = joint(await authority.poll(lost), lost.seq);
    expect(row).toMatchObject({ stamp: same.stamp });
    expect(row?.stamp).not.toBe(lost.stamp);
    // Who had not polled further than the dump has missed nothing.
    expect(joint(await authority.poll(saved), saved.seq)).toMatchObject({ stamp: saved.stamp });
  });

  test("keeps stamps of 10,000 changes; who is further behind sees a break", async () => {
    const namespace = ownNamespace();
    const { authority } = await connect({ url }, namespace);
    const since = await authority.poll(undefined);
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 999 }, () => authority.bump(["hot"])));
    const near = await authority.poll(undefined);
    expect(joint(await authority.poll(since), since.seq)).toMatchObject({ stamp: since.stamp });
    await Promise.all(Array.from({ length: 10 }, () => authority.bump(["hot"])));
    const answer = await authority.poll(since);
    expect(joint(answer, since.seq)).toBeUndefined();
    expect(tagsOf(answer)).toEqual(["hot"]);
    expect(joint(await authority.poll(near), near.seq)).toMatchObject({ stamp: near.stamp });
    expect(await command("LLEN", `~{${namespace}}:heads`)).toBe(10_000);
    expect(Number(await command("MEMORY", "USAGE", `~{${namespace}}:heads`))).toBeLessThan(400_000);
  });

  test("never expires", async () => {
    const namespace = ownNamespace();
    const { authority } = await connect({ url }, namespace);
    await authority.bump(["a"]);
    for (const part of ["position", "changes", "heads"]) expect(await command("TTL", `~{${namespace}}:${part}`)).toBe(-1);
  });

  test("is not told of what Redis refuses: the change is rejected, and did not happen", async () => {
    const server = await startRedisServer({ args: ["--maxmemory-policy", "noeviction"] });
    onTestFinished(() => server.stop());
    const { authority } = await connect({ url: server.url });
    const since = await authority.bump(["a"]);
    await server.command(["CONFIG", "SET", "maxmemory", "1"]);
    await expect(authority.bump(["b"])).rejects.toThrow("OOM");
    await expect(authority.flush(true)).resolves.toBeUndefined();
    await server.command(["CONFIG", "SET", "maxmemory", "0"]);
    expect((await authority.poll(since)).epoch).not.toBe(since.epoch);
  });

  test("rejects while it cannot be reached, and goes on afterwards", async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const connection = openConnection({ url: server.url });
    await expect(connection.authority.poll(undefined)).rejects.toMatchObject({ code: "not-connected" });
    await connected(connection);
    await expect(connection.authority.poll(undefined)).resolves.toMatchObject({ generation: 0 });
  });
});

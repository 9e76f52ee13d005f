import { createFreshness, type PollAnswer, type Position } from "@qrcards/cache";
import { afterEach, expect, test } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { createDatabaseAuthority, type DatabaseAuthority } from "../../src/freshness/database-authority.ts";
import { findTripsBySlug } from "../../src/trips/repository.ts";
import { byHand } from "../db/change-log.ts";
import { layCable } from "../delivery/cable.ts";
import { eachDatabase, type TestDatabase } from "../support/databases.ts";
import { createEditKit } from "../trips/edit-kit.ts";

const STAMP = /^[0-9a-f]{16}$/;

function positionOf({ epoch, seq, stamp }: PollAnswer): Position {
  return { epoch, seq, stamp };
}

eachDatabase((makeDatabase, kind) => {
  const authorities: DatabaseAuthority[] = [];
  afterEach(async () => {
    for (const authority of authorities.splice(0)) await authority.close();
  });

  function watch(database: Pick<TestDatabase, "kind" | "url" | "filename">): DatabaseAuthority {
    const authority = createDatabaseAuthority(database as TestDatabase);
    authorities.push(authority);
    return authority;
  }

  test("a new database has a head with a stamp, as every later one", async () => {
    const authority = watch(await makeDatabase());
    const first = await authority.poll(undefined);
    expect(first).toMatchObject({ seq: 0, generation: 0, stamp: expect.stringMatching(STAMP) });
    expect(first.changes).toEqual([{ seq: 0, tag: "trip:0", stamp: first.stamp }]);
  });

  test("a counter that went back still has its head told", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    await kit.trip("t");
    const answer = await watch(database).poll({ epoch: "e", seq: 1_000_000, stamp: "s" });
    expect(answer).toMatchObject({ seq: 2, stamp: expect.stringMatching(STAMP) });
  });

  test("changes that were pruned beyond what was polled are missed, in a database that was new then too", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const freshness = createFreshness({ authority: watch(database) });
    const reasons: string[] = [];
    freshness.on("break", ({ reason }) => reasons.push(reason));
    await freshness.hear();
    await kit.trip("t");
    await byHand(database, "delete from changes where seq < 2");
    await freshness.hear();
    expect(reasons).toEqual(["first poll", "the change polled last is missing"]);
    await kit.trip("u");
    await freshness.hear();
    expect(reasons).toHaveLength(2);
    await freshness.close();
  });

  test("a head whose row was deleted has no stamp, for polls as for what is loaded", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    await kit.trip("t");
    await byHand(database, "delete from changes where seq = 2");
    const { seq, stamp } = await watch(database).poll({ epoch: "e", seq: 0, stamp: "s" });
    expect({ seq, stamp }).toEqual({ seq: 2, stamp: "" });
    expect((await findTripsBySlug(database.db, "t")).head).toEqual({ seq, stamp });
  });

  test("a poll that fails is followed by one that succeeds, which knows what happened meanwhile", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const authority = watch(database);
    const first = positionOf(await authority.poll(undefined));
    await byHand(database, "alter table meta rename to hidden");
    await expect(authority.poll(first)).rejects.toThrow();
    await byHand(database, "alter table hidden rename to meta");
    await kit.trip("t");
    expect((await authority.poll(first)).changes).toHaveLength(3);
  });

  if (kind === "postgres") {
    test("a poll does not queue behind readers who hold every connection", async () => {
      const { url } = await makeDatabase();
      const database = openDatabase({ url, connections: 1 });
      const done = Promise.withResolvers<void>();
      const holding = database.db.connection().execute(() => done.promise);
      expect(await watch(database).poll(undefined)).toMatchObject({ seq: 0 });
      done.resolve();
      await holding;
      await database.close();
    });

    test("a poll that nobody answers is given up, and the next one is asked on another connection", async () => {
      const { url } = await makeDatabase();
      const cable = await layCable(url);
      const authority = watch({ kind, url: cable.url, filename: undefined });
      await authority.poll(undefined);
      cable.freeze();
      await expect(authority.poll(undefined)).rejects.toThrow();
      cable.cut();
      cable.mend();
      expect(await authority.poll(undefined)).toMatchObject({ seq: 0 });
      await authority.close();
      authorities.length = 0;
      await cable.close();
    });
  }
});

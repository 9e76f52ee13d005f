import { renameSync, writeFileSync } from "node:fs";
import type { Position } from "@qrcards/cache";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDatabaseAuthority, type DatabaseAuthority } from "../../src/freshness/database-authority.ts";
import type { Services } from "../../src/services.ts";
import { editNode } from "../../src/trips/edits.ts";
import { edit, type Planted, plantTrip, writeBody } from "../delivery/plant-trip.ts";
import { runRawSql } from "../delivery/raw-sql.ts";
import { useSite } from "../delivery/test-site.ts";
import { eachDatabase } from "../support/databases.ts";

eachDatabase((makeDatabase, kind) => {
  const site = useSite(makeDatabase);
  let authority: DatabaseAuthority;

  beforeEach(() => {
    authority = createDatabaseAuthority(site.services.database);
  });
  afterEach(() => authority.close());

  const positionOf = ({ epoch, seq, stamp }: Position): Position => ({ epoch, seq, stamp });
  const here = async (): Promise<Position> => positionOf(await authority.poll(undefined));
  /** What is told of everything that the work does, to who has polled just before it. */
  const toldOf = async (work: (services: Services) => Promise<unknown>) => {
    const before = await here();
    await work(site.services);
    const { changes, ...answer } = await authority.poll(before);
    return { before, answer, changes: changes.filter(({ seq }) => seq > before.seq) };
  };

  test("a database in which nothing ever changed stands at its beginning, and goes on from there", async () => {
    const before = await here();
    expect(before).toEqual({ epoch: expect.stringMatching(/./), seq: 0, stamp: expect.any(String) });
    expect(await authority.poll(before)).toMatchObject(before);
    const { tripId } = await plantTrip(site.services, { title: "First" });
    const { seq, changes } = await authority.poll(before);
    // The row that it stood at is among them, so that who polls can see that it is the same history.
    expect(changes).toContainEqual({ seq: 0, tag: "trip:0", stamp: before.stamp });
    expect(changes.find(({ tag }) => tag === `trip:${tripId}`)?.seq).toBeLessThanOrEqual(seq);
  });

  describe("a change", () => {
    let trip: Planted;
    let other: Planted;
    beforeEach(async () => {
      trip = await plantTrip(site.services, { title: "Trip", children: [{ title: "Page" }, { title: "Second" }] });
      other = await plantTrip(site.services, { title: "Other", children: [{ title: "Page" }] });
    });

    test("names its trip, with the version and the stamp that the trip has now", async () => {
      const { answer, changes } = await toldOf((services) => writeBody(services, trip.id("Page"), "New."));
      const { version, stamp } = await site.services.database.db
        .selectFrom("trips")
        .select(["version", "stamp"])
        .where("id", "=", trip.tripId)
        .executeTakeFirstOrThrow();
      expect(changes).toEqual([{ seq: version, tag: `trip:${trip.tripId}`, stamp }]);
      expect(answer).toMatchObject({ seq: version, stamp });
    });

    test("of many rows in one transaction is one change of the trip", async () => {
      const { changes } = await toldOf((services) =>
        edit(services, async (trx, at) => {
          await editNode(trx, trip.id("Page"), { title: "One" }, at);
          return editNode(trx, trip.id("Second"), { title: "Two", slug: null }, at);
        }),
      );
      expect(changes.map(({ tag }) => tag)).toEqual([`trip:${trip.tripId}`]);
    });

    test("of what the library shows is one of the catalog too", async () => {
      const { changes } = await toldOf((services) =>
        edit(services, (trx, at) => editNode(trx, trip.id("Trip"), { title: "Another Name" }, at)),
      );
      expect(changes.map(({ tag }) => tag).toSorted()).toEqual(["trip:0", `trip:${trip.tripId}`]);
    });

    test("of several trips names each of them, in their order", async () => {
      const { before, answer, changes } = await toldOf(async (services) => {
        await writeBody(services, trip.id("Page"), "First.");
        await writeBody(services, other.id("Page"), "Second.");
        await writeBody(services, trip.id("Page"), "Third.");
      });
      expect(changes.at(-1)).toMatchObject({ seq: answer.seq, stamp: answer.stamp, tag: `trip:${trip.tripId}` });
      expect(changes.map(({ tag }) => tag)).toContain(`trip:${other.tripId}`);
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map(({ seq }) => seq).toSorted((a, b) => a - b));
      expect(answer.seq).toBeGreaterThan(before.seq);
    });

    test("that is no change of a trip is none", async () => {
      const { before, answer, changes } = await toldOf(async (services) => {
        await services.cards.mint(trip.id("Page"));
        await services.trips.prepareBody("Only rendered.");
        await edit(services, async () => {
          throw new Error("undone");
        }).catch(() => undefined);
      });
      expect(changes).toEqual([]);
      expect(positionOf(answer)).toEqual(before);
    });

    test("of the epoch or the generation is told, although no trip changed", async () => {
      const soft = await toldOf(() => runRawSql(site.databaseUrl, "update meta set generation = generation + 1"));
      expect(positionOf(soft.answer)).toEqual(soft.before);
      const { generation } = soft.answer;
      const hard = await toldOf(() => runRawSql(site.databaseUrl, "update meta set epoch = 'another'"));
      expect(hard.answer).toMatchObject({ epoch: "another", generation });
    });
  });

  describe("the version of a trip", () => {
    test("is the one that its structure is loaded with, by number and stamp, and so is the head", async () => {
      const trip = await plantTrip(site.services, { title: "Versioned", children: [{ title: "Page" }] });
      await plantTrip(site.services, { title: "Changed later" });
      const loaded = (await site.services.structures.load(trip.tripId))!;
      const { seq, stamp } = await here();
      site.statements.length = 0;
      expect(await authority.versionOf(`trip:${trip.tripId}`)).toEqual({
        tag: `trip:${trip.tripId}`,
        version: loaded.version,
        stamp: loaded.stamp,
        head: { seq, stamp },
      });
      expect(site.statements).toHaveLength(1);
      await writeBody(site.services, trip.id("Page"), "New.");
      expect((await authority.versionOf(`trip:${trip.tripId}`)).version).toBeGreaterThan(loaded.version);
    });

    test.each(["trip:2147483647", "trip:x", "other"])("that there is not (%s) is the head, with a stamp that nothing has", async (tag) => {
      const { seq, stamp } = await here();
      expect(await authority.versionOf(tag)).toEqual({ tag, version: seq, stamp: "", head: { seq, stamp } });
    });
  });

  describe("under a running server", () => {
    let trip: Planted;
    let target: string;
    let number = 0;
    beforeEach(async () => {
      number += 1;
      trip = await plantTrip(site.services, { title: "Served", slug: `served-${number}`, children: [{ title: "Page" }] });
      target = `/served-${number}/page`;
      await site.get(target);
    });

    test.each([
      ["a hard flush", "update meta set epoch = 'flushed'"],
      ["a soft flush", "update meta set generation = generation + 1"],
      ["a log of changes that was cut", "delete from changes"],
    ])("%s makes everything be read anew, and all of it is right", async (_what, sql) => {
      await runRawSql(site.databaseUrl, sql);
      await site.services.freshness.hear();
      site.statements.length = 0;
      const { status, text } = await site.get(target);
      expect(status).toBe(200);
      expect(text).toContain("A page about Page.");
      expect(site.statements.length).toBe(3);
      await writeBody(site.services, trip.id("Page"), "After it.");
      expect((await site.get(target)).text).toContain("After it.");
      site.statements.length = 0;
      await site.get(target);
      expect(site.statements).toEqual([]);
    });
  });

  if (kind === "sqlite") {
    describe("of a file", () => {
      const file = () => site.databaseUrl.slice("sqlite:".length);
      const away = () => `${file()}.away`;

      test("that is gone, or that is another one, nothing is said, until it is back", async () => {
        const before = await here();
        renameSync(file(), away());
        await expect(authority.poll(before)).rejects.toMatchObject({ code: "database-unavailable" });
        writeFileSync(file(), "");
        await expect(authority.poll(before)).rejects.toMatchObject({ code: "schema-older" });
        renameSync(away(), file());
        expect(positionOf(await authority.poll(before))).toEqual(before);
      });
    });
  }

  test("a database that has lost its counters is none", async () => {
    await runRawSql(site.databaseUrl, "delete from meta");
    await expect(authority.poll(undefined)).rejects.toMatchObject({ code: "database-unavailable" });
    await expect(authority.versionOf("trip:1")).rejects.toMatchObject({ code: "database-unavailable" });
  });
});

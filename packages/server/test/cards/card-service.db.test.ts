import { createFreshness } from "@qrcards/cache";
import { expect, test } from "vitest";
import { createToken, listTokens, recordUse } from "../../src/admin/tokens.ts";
import { createCardCode } from "../../src/cards/card-code.ts";
import { CardService } from "../../src/cards/card-service.ts";
import { openDatabase, transaction } from "../../src/db/database.ts";
import { createDatabaseAuthority } from "../../src/freshness/database-authority.ts";
import { byHand } from "../db/change-log.ts";
import { eachDatabase, type TestDatabase } from "../support/databases.ts";
import { createEditKit } from "../trips/edit-kit.ts";

async function createCards(database: TestDatabase) {
  const authority = createDatabaseAuthority(database);
  const freshness = createFreshness({ authority });
  await freshness.hear();
  const close = async () => {
    await freshness.close();
    await authority.close();
  };
  return { cards: new CardService(database, freshness), freshness, close };
}

eachDatabase((makeDatabase, kind) => {
  test("the database refuses to let a card lead elsewhere, and counts its scans", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const root = await kit.trip("t");
    const page = await kit.page(root, "page");
    const { cards, close } = await createCards(database);
    const { code } = await cards.cardOf(page.id);
    const change = (to: string) => byHand(database, `update cards set ${to} where code = '${code}'`);
    await expect(change(`node_id = '${root.id}'`)).rejects.toThrow("leads to its page for ever");
    await expect(change("code = '00000000'")).rejects.toThrow("leads to its page for ever");
    await change(`scans = 7, node_id = '${page.id}'`);
    expect(await cards.list({ nodeId: page.id })).toMatchObject([{ code, scans: 7 }]);
    await close();
  });

  test("a page gets one first card, however many ask for it at once, and in two processes", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const page = await kit.page(await kit.trip("t"), "page");
    const { cards, freshness, close } = await createCards(database);
    const other = openDatabase({ url: database.url });
    const others = new CardService(other, freshness);
    const found = await Promise.all(Array.from({ length: 12 }, (_, number) => (number % 2 === 0 ? cards : others).cardOf(page.id)));
    expect(new Set(found.map(({ code }) => code)).size).toBe(1);
    await other.close();
    await close();
  });

  test("what is remembered of cards goes when another database may stand in the place of this one", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const page = await kit.page(await kit.trip("t"), "page");
    const { cards, freshness, close } = await createCards(database);
    const { code } = await cards.cardOf(page.id);
    expect(await cards.find(code)).toMatchObject({ nodeId: page.id });
    await byHand(database, "delete from cards");
    await byHand(database, "update meta set epoch = 'another'");
    await freshness.hear();
    expect(cards.recall(code)).toBeUndefined();
    expect(await cards.find(code)).toBeUndefined();
    await close();
  });

  test("what was asked before another database may have taken its place is for who asked alone", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const page = await kit.page(await kit.trip("t"), "page");
    const { cards, freshness, close } = await createCards(database);
    const { code } = await cards.cardOf(page.id);
    const finding = cards.find(code);
    freshness.generation++; // As a poll does that is answered meanwhile.
    expect(await finding).toMatchObject({ nodeId: page.id });
    expect(cards.recall(code)).toBeUndefined();
    await close();
  });

  test("a card is found by asking once, and remembered; one that there is not is asked for again, as it may be made at any time", async () => {
    const statements: string[] = [];
    const database = await makeDatabase({ onStatement: (sql) => statements.push(sql) });
    const kit = await createEditKit(database);
    const page = await kit.page(await kit.trip("t"), "page");
    const { cards, close } = await createCards(database);
    const { code } = await cards.cardOf(page.id);
    const asked = async () => {
      const before = statements.length;
      const found = await cards.find(code);
      return { found: found?.nodeId, statements: statements.length - before };
    };
    expect(cards.recall(code)).toBeUndefined();
    expect([await asked(), await asked()]).toEqual([
      { found: page.id, statements: 1 },
      { found: page.id, statements: 0 },
    ]);
    expect(cards.recall(code)?.nodeId).toBe(page.id);
    const later = createCardCode();
    expect(await cards.find(later)).toBeUndefined();
    await byHand(database, `insert into cards select '${later}', trip_id, node_id, 0, created_at from cards where code = '${code}'`);
    expect((await cards.find(later))?.nodeId).toBe(page.id);
    await close();
  });

  test("cards and uses of tokens that wait for an edit keep no reader waiting", async () => {
    const database = await makeDatabase();
    const kit = await createEditKit(database);
    const page = await kit.page(await kit.trip("t"), "page");
    const { cards, close } = await createCards(database);
    const { token } = await createToken(database.db, { name: "test", scopes: ["read"], expiresInMs: null });
    const other = openDatabase({ url: database.url });
    const holds = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const holding = transaction(other, async () => {
      holds.resolve();
      await finish.promise;
    });
    await holds.promise;
    let waiting = 0;
    const writes = Array.from({ length: 12 }, async (_, number) => {
      waiting += 1;
      await (number % 2 === 0 ? cards.mint(page.id) : recordUse(database.writer, token, Date.now()));
      waiting -= 1;
    });
    await expect(kit.snapshot(page.tripId)).resolves.toMatchObject({ tripId: page.tripId });
    // On PostgreSQL an edit is in nobody's way here.
    if (kind === "sqlite") expect(waiting).toBe(12);
    finish.resolve();
    await Promise.all([holding, ...writes]);
    expect(await cards.list({ nodeId: page.id })).toHaveLength(6);
    expect((await listTokens(database.db))[0]!.lastUsedAt).not.toBeNull();
    await other.close();
    await close();
  });
});

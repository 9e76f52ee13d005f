import { afterAll, beforeAll, expect, test } from "vitest";
import { IdempotencyStore, KEY_LIFETIME_MS } from "../../src/admin/idempotency.ts";
import { eachDatabase } from "../support/databases.ts";
import { PNG, problemOf, startApi, type TestApi } from "./api-server.ts";

eachDatabase((makeDatabase) => {
  let api: TestApi;
  let tripId: number;
  let rootId: string;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
    const { trip } = await api.client.createTrip({ body: { title: "Trip" } });
    tripId = trip.id;
    rootId = trip.rootId;
  });
  afterAll(() => api.close());

  let keys = 0;
  const newKey = () => `key-${++keys}`;
  const makePage = async (title = "Page") => (await api.client.createNode({ body: { parentId: rootId, title } })).node.id;
  const countPages = async () => (await api.client.getTrip({ params: { tripId } })).trip.pages;

  /** Sends a request twice under one key. */
  async function twice(method: string, path: string, body?: unknown, headers = {}) {
    const keyed = { "idempotency-key": newKey(), ...headers };
    const [first, second] = [await api.send(method, path, body, keyed), await api.send(method, path, body, keyed)];
    expect(first.headers.get("idempotency-replayed")).toBe(null);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.status).toBe(first.status);
    for (const name of ["etag", "location", "content-type"]) expect(second.headers.get(name)).toBe(first.headers.get(name));
    const answer = await answerOf(first);
    expect(answer).toMatchObject({ visible: "everywhere" });
    expect(await answerOf(second)).toEqual(answer);
    return { status: first.status, answer };
  }

  /** But for how long it took, which is true each time. */
  async function answerOf(response: Response) {
    const { afterMs, ...answer } = (await response.json()) as Record<string, unknown>;
    expect(afterMs).toEqual(expect.any(Number));
    return answer as Record<string, never>;
  }

  test("a page is created once, however often the request comes", async () => {
    const before = await countPages();
    const { status } = await twice("POST", "/api/nodes", { parentId: rootId, title: "Once" });
    expect(status).toBe(201);
    expect(await countPages()).toBe(before + 1);
  });

  test("a page is changed once, although its revision is another one by then", async () => {
    const { status, answer } = await twice("PATCH", `/api/nodes/${await makePage()}`, { title: "Changed", revision: 1 });
    expect([status, answer.node]).toMatchObject([200, { revision: 2 }]);
    await twice("PATCH", `/api/nodes/${await makePage()}`, { title: "Changed" }, { "if-match": '"1"' });
  });

  test("a page is deleted once", async () => {
    expect((await twice("DELETE", `/api/nodes/${await makePage()}`)).status).toBe(200);
  });

  test("a card is minted once, an image stored once", async () => {
    const nodeId = await makePage();
    await twice("POST", `/api/nodes/${nodeId}/cards`);
    expect((await api.client.listNodeCards({ params: { nodeId } })).cards).toHaveLength(1);
    await twice("POST", `/api/trips/${tripId}/assets?filename=a.png`, PNG, { "content-type": "image/png" });
  });

  test("another request under a used key is refused", async () => {
    const nodeId = await makePage();
    const idempotencyKey = newKey();
    const params = { nodeId };
    await api.client.patchNode({ params, body: { title: "First", revision: 1 } }, { idempotencyKey });
    const calls = [
      api.client.patchNode({ params, body: { title: "Other", revision: 1 } }, { idempotencyKey }),
      api.client.patchNode({ params, body: { title: "First" } }, { idempotencyKey, revision: 1 }),
      api.client.patchNode({ params: { nodeId: rootId }, body: { title: "First", revision: 1 } }, { idempotencyKey }),
      api.client.deleteNode({ params }, { idempotencyKey }),
      api.client.mintCard({ params }, { idempotencyKey }),
    ];
    for (const problem of await Promise.all(calls.map(problemOf)))
      expect(problem).toMatchObject({ status: 409, code: "idempotency-mismatch" });
    const asset = `/api/trips/${tripId}/assets?filename=a.png`;
    const headers = { "content-type": "image/png", "idempotency-key": newKey() };
    expect((await api.send("POST", asset, PNG, headers)).status).toBe(201);
    expect((await api.send("POST", asset, Buffer.concat([PNG, Buffer.of(0)]), headers)).status).toBe(409);
  });

  test("a key belongs to its token", async () => {
    const idempotencyKey = newKey();
    const create = async () =>
      (await api.clientWith(await api.token("edit")).createNode({ body: { parentId: rootId, title: "Mine" } }, { idempotencyKey })).node.id;
    expect(await create()).not.toBe(await create());
  });

  test("of the same request sent at once many times, one is carried out and all get its answer", async () => {
    const before = await countPages();
    const headers = { "idempotency-key": newKey() };
    const responses = await Promise.all(
      Array.from({ length: 8 }, () => api.send("POST", "/api/nodes", { parentId: rootId, title: "Rush" }, headers)),
    );
    expect(responses.map((response) => response.status)).toEqual(Array(8).fill(201));
    const [answer, ...others] = await Promise.all(responses.map(answerOf));
    for (const other of others) expect(other).toEqual(answer);
    expect(responses.filter((response) => response.headers.get("idempotency-replayed") === null)).toHaveLength(1);
    expect(await countPages()).toBe(before + 1);
  });

  test("an edit that failed may be sent again under its key", async () => {
    const nodeId = await makePage();
    const idempotencyKey = newKey();
    const move = () => api.client.moveNode({ params: { nodeId }, body: { placement: "last", revision: 2 } }, { idempotencyKey });
    expect(await problemOf(move())).toMatchObject({ code: "revision-conflict" });
    await api.client.patchNode({ params: { nodeId }, body: { title: "x", revision: 1 } });
    expect((await move()).node.revision).toBe(3);
  });

  test("an edit whose key cannot be stored is not carried out", async () => {
    const nodeId = await makePage("Before");
    const rename = (from: string, to: string) => api.db.schema.alterTable(from).renameTo(to).execute();
    await rename("idempotency_keys", "away");
    const edit = { title: "After", revision: 1 };
    const failed = await api.send("PATCH", `/api/nodes/${nodeId}`, edit, { "idempotency-key": newKey() });
    await rename("away", "idempotency_keys");
    expect(failed.status).toBe(500);
    expect((await api.client.getNode({ params: { nodeId } })).node).toMatchObject({ title: "Before", revision: 1 });
  });

  test("a key is forgotten after 24 hours", async () => {
    const headers = { "idempotency-key": newKey() };
    const create = async () =>
      ((await (await api.send("POST", "/api/nodes", { parentId: rootId, title: "Daily" }, headers)).json()) as { node: { id: string } })
        .node.id;
    const first = await create();
    const age = (byMs: number) =>
      api.db
        .updateTable("idempotency_keys")
        .set((row) => ({ created_at: row("created_at", "-", byMs) }))
        .where("key", "=", headers["idempotency-key"])
        .execute();
    await age(KEY_LIFETIME_MS - 60_000);
    expect(await create()).toBe(first);
    await age(60_000);
    expect(await create()).not.toBe(first);
  });

  test("old keys are removed, once an hour", async () => {
    const store = new IdempotencyStore();
    const keep = (key: string, at: number) => store.store(api.db, { tokenId: "prune", key, hash: "" }, { status: 200, body: "" }, at);
    const kept = async () =>
      (await api.db.selectFrom("idempotency_keys").select("key").where("token_id", "=", "prune").orderBy("key").execute()).map(
        (row) => row.key,
      );
    const start = Date.now() - 10 * KEY_LIFETIME_MS;
    const hours = (count: number) => start + count * 3_600_000;
    await keep("a", start);
    await keep("b", hours(0.5));
    await keep("c", hours(24));
    expect(await kept()).toEqual(["b", "c"]);
    await keep("d", hours(24.9));
    expect(await kept()).toEqual(["b", "c", "d"]);
    await keep("e", hours(25));
    expect(await kept()).toEqual(["c", "d", "e"]);
  });

  test("a key must be one", async () => {
    for (const key of ["", " ", "a b", "ä", "x".repeat(201)]) {
      const response = await api.send("POST", "/api/trips", { title: "x" }, { "idempotency-key": key });
      expect([key, response.status, await response.json()]).toMatchObject([
        key,
        422,
        { fields: [{ in: "headers", path: "/idempotency-key" }] },
      ]);
    }
  });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { problemOf, startApi, type TestApi } from "./api-server.ts";

eachDatabase((makeDatabase) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
  });
  afterAll(() => api.close());

  async function makePages() {
    const { trip } = await api.client.createTrip({ body: { title: "Shared" } });
    const create = async (title: string) =>
      (await api.client.createNode({ body: { parentId: trip.rootId, title, body: `Text of ${title}` } })).node.id;
    return { trip, one: await create("one"), other: await create("other") };
  }

  test("two authors on different pages never collide", async () => {
    const { one, other } = await makePages();
    const edit = (nodeId: string, title: string) => api.client.patchNode({ params: { nodeId }, body: { title, revision: 1 } });
    const [first, second] = await Promise.all([edit(one, "Anna's"), edit(other, "Ben's")]);
    expect([first.node.title, second.node.title]).toEqual(["Anna's", "Ben's"]);
  });

  test("of two authors on one page the second sees both versions, and nothing is lost", async () => {
    const { one } = await makePages();
    const edit = (title: string) => api.client.patchNode({ params: { nodeId: one }, body: { title, body: `By ${title}`, revision: 1 } });
    const outcomes = await Promise.allSettled([edit("Anna"), edit("Ben")]);
    const [won] = outcomes.filter((outcome) => outcome.status === "fulfilled");
    const [lost] = outcomes.filter((outcome) => outcome.status === "rejected");
    const winner = won!.value.node.title;
    const loser = winner === "Anna" ? "Ben" : "Anna";
    expect((lost!.reason as { problem: unknown }).problem).toMatchObject({
      status: 409,
      code: "revision-conflict",
      yours: { id: one, revision: 1, title: loser, body: `By ${loser}` },
      current: { id: one, revision: 2, title: winner, body: `By ${winner}`, slug: "one", state: "draft" },
    });
    expect((await api.client.getNode({ params: { nodeId: one } })).node).toMatchObject({ title: winner, revision: 2 });
  });

  test("a PATCH must say which revision it is for", async () => {
    const { trip, one } = await makePages();
    const calls = [
      api.client.patchNode({ params: { nodeId: one }, body: { title: "x" } }),
      api.client.patchTrip({ params: { tripId: trip.id }, body: { title: "x" } }),
    ];
    for (const problem of await Promise.all(calls.map(problemOf)))
      expect(problem).toMatchObject({ status: 428, code: "revision-required" });
  });

  test("If-Match says the same as the field, and must not contradict it", async () => {
    const { one } = await makePages();
    const path = `/api/nodes/${one}`;
    const etag = (await api.send("GET", path)).headers.get("etag")!;
    const edited = await api.send("PATCH", path, { title: "By its tag" }, { "if-match": etag });
    expect(edited.status).toBe(200);
    expect(edited.headers.get("etag")).toBe('"2"');
    expect((await api.send("PATCH", path, { title: "x" }, { "if-match": etag })).status).toBe(409);
    expect((await api.send("PATCH", path, { title: "x", revision: 2 }, { "if-match": '"3"' })).status).toBe(422);
    expect((await api.send("PATCH", path, { title: "x", revision: 2 }, { "if-match": '"2"' })).status).toBe(200);
    for (const malformed of ["3", "*", 'W/"3"', '"3", "4"', '"0"', '"03"']) {
      expect((await api.send("PATCH", path, { title: "x" }, { "if-match": malformed })).status).toBe(422);
    }
  });

  test("every other edit may name the revision, and is then refused when it is not the current one", async () => {
    const { trip, one, other } = await makePages();
    const params = { nodeId: one };
    const revision = 7;
    const calls = [
      api.client.deleteTrip({ params: { tripId: trip.id }, query: { revision } }),
      api.client.restoreTrip({ params: { tripId: trip.id }, body: { revision } }),
      api.client.moveNode({ params, body: { placement: "last", revision } }),
      api.client.mergeNode({ params, body: { intoId: other, revision } }),
      api.client.deleteNode({ params, query: { revision } }),
      api.client.deleteNode({ params }, { revision }),
      api.client.restoreNode({ params, body: { revision } }),
    ];
    for (const problem of await Promise.all(calls.map(problemOf))) {
      expect(problem).toMatchObject({ status: 409, code: "revision-conflict", yours: { revision: 7 }, current: { revision: 1 } });
    }
  });

  test("a structural edit may name what it had read of the parents that it touches", async () => {
    const { trip, one, other } = await makePages();
    const params = { nodeId: one };
    const stale = 9;
    const calls = [
      api.client.createNode({ body: { parentId: trip.rootId, title: "x", parentChildrenRevision: stale } }),
      api.client.moveNode({ params, body: { placement: "last", parentChildrenRevision: stale } }),
      api.client.moveNode({ params, body: { parentId: other, newParentChildrenRevision: stale } }),
      api.client.mergeNode({ params, body: { intoId: other, childrenRevision: stale } }),
      api.client.mergeNode({ params, body: { intoId: other, parentChildrenRevision: stale } }),
      api.client.mergeNode({ params, body: { intoId: other, intoChildrenRevision: stale } }),
      api.client.deleteNode({ params, query: { parentChildrenRevision: stale } }),
      api.client.restoreNode({ params, body: { parentChildrenRevision: stale } }),
    ];
    const problems = await Promise.all(calls.map(problemOf));
    for (const problem of problems) {
      expect(problem).toMatchObject({ status: 409, code: "revision-conflict", yours: { childrenRevision: stale } });
    }
    const [root, to] = [trip.rootId, other];
    expect(problems.map(({ current }) => (current as { id: string }).id)).toEqual([root, root, to, one, root, to, root, root]);

    const { childrenRevision } = (await api.client.getNode({ params: { nodeId: root } })).node;
    const moved = await api.client.moveNode({
      params,
      body: { parentId: other, revision: 1, parentChildrenRevision: childrenRevision, newParentChildrenRevision: 1 },
    });
    expect(moved.node.parentId).toBe(other);
  });

  test("an author of a page and one who arranges the pages below it do not collide", async () => {
    const { trip, one } = await makePages();
    await api.client.createNode({ body: { parentId: one, title: "new below" } });
    await api.client.moveNode({ params: { nodeId: one }, body: { placement: "last" } });
    const { node } = await api.client.getNode({ params: { nodeId: trip.rootId } });
    expect(node.revision).toBe(1);
    expect((await api.client.patchNode({ params: { nodeId: trip.rootId }, body: { title: "Still mine", revision: 1 } })).node.title).toBe(
      "Still mine",
    );
  });
});

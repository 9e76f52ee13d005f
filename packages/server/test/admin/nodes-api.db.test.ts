import { afterAll, beforeAll, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { PUBLIC_URL, problemOf, startApi, type TestApi } from "./api-server.ts";

eachDatabase((makeDatabase) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
  });
  afterAll(() => api.close());

  /** A trip of its own for a test, with these pages on its first level. */
  async function makeTrip(...titles: string[]) {
    const { trip } = await api.client.createTrip({ body: { title: "Trip" } });
    const ids: string[] = [];
    for (const title of titles) ids.push((await api.client.createNode({ body: { parentId: trip.rootId, title } })).node.id);
    return { trip, ids: ids as [string, string, string] };
  }

  const read = async (nodeId: string) => (await api.client.getNode({ params: { nodeId } })).node;
  const childrenOf = async (tripId: number, parentId: string) => {
    const { groups, destinations, activities } = await api.client.getStructure({ params: { tripId } });
    return [...groups, ...destinations, ...activities].filter((node) => node.parentId === parentId).map((node) => node.slug);
  };

  test("a new page is a draft below its parent, and is read with its text", async () => {
    const { trip } = await makeTrip();
    const { node, links, version } = await api.client.createNode({
      body: { parentId: trip.rootId, title: "Hello, world!", body: "Hi\r\nthere", language: "de", direction: "ltr" },
    });
    expect(node).toMatchObject({
      tripId: trip.id,
      parentId: trip.rootId,
      title: "Hello, world!",
      slug: "hello-world",
      slugIsExplicit: false,
      state: "draft",
      language: "de",
      direction: "ltr",
      revision: 1,
      childrenRevision: 1,
      path: `${trip.path}/hello-world`,
      url: `${PUBLIC_URL}${trip.path}/hello-world`,
      breadcrumbs: [{ id: trip.rootId, title: "Trip", path: trip.path }],
      deletion: null,
    });
    expect(links).toEqual({
      self: `/api/nodes/${node.id}`,
      trip: `/api/trips/${trip.id}`,
      parent: `/api/nodes/${trip.rootId}`,
      cards: `/api/nodes/${node.id}/cards`,
      page: node.path,
    });
    expect(version).toBeGreaterThan(trip.version);
    expect(await read(node.id)).toEqual({ ...node, body: "Hi\nthere" });
    const response = await api.send("GET", `/api/nodes/${node.id}`);
    expect(response.headers.get("etag")).toBe('"1"');
  });

  test("pages are placed where their author says", async () => {
    const { trip, ids } = await makeTrip("b", "d");
    const place = (title: string, placement: "first" | "last" | { before: string } | { after: string }) =>
      api.client.createNode({ body: { parentId: trip.rootId, title, placement } });
    await place("a", "first");
    await place("c", { before: ids[1] });
    await place("e", { after: ids[1] });
    await place("f", "last");
    expect(await childrenOf(trip.id, trip.rootId)).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("every fact of a page can be changed", async () => {
    const { ids } = await makeTrip("Before");
    const params = { nodeId: ids[0] };
    const change = { title: "After", slug: "my-own", state: "public", language: "ar", direction: "rtl" } as const;
    const { node } = await api.client.patchNode({ params, body: { ...change, body: "# New", revision: 1 } });
    expect(node).toMatchObject({ ...change, slugIsExplicit: true, revision: 2 });
    expect(await read(ids[0])).toMatchObject({ body: "# New" });

    const inherits = await api.client.patchNode({ params, body: { slug: null, language: null, direction: null, revision: 2 } });
    expect(inherits.node).toMatchObject({ slug: "after", slugIsExplicit: false, language: null, direction: null, revision: 3 });
  });

  test("a title alone leaves the address as it is; a renamed page keeps its former one", async () => {
    const { trip, ids } = await makeTrip("Old");
    const params = { nodeId: ids[0] };
    expect((await api.client.patchNode({ params, body: { title: "New", revision: 1 } })).node.slug).toBe("old");
    expect((await api.client.patchNode({ params, body: { slug: "new", revision: 2 } })).node.path).toBe(`${trip.path}/new`);
    const names = await api.db.selectFrom("names").select("segment").where("node_id", "=", ids[0]).execute();
    expect(names).toEqual([{ segment: "old" }]);
  });

  test("a page moves below another one with all that lies below it", async () => {
    const { trip, ids } = await makeTrip("from", "to");
    const { node: child } = await api.client.createNode({ body: { parentId: ids[0], title: "child" } });
    const { node: grandchild } = await api.client.createNode({ body: { parentId: child.id, title: "grandchild" } });
    const { node } = await api.client.moveNode({ params: { nodeId: child.id }, body: { parentId: ids[1], placement: "first" } });
    expect(node).toMatchObject({ parentId: ids[1], path: `${trip.path}/to/child` });
    expect(await read(grandchild.id)).toMatchObject({
      path: `${trip.path}/to/child/grandchild`,
      breadcrumbs: [{ title: "Trip" }, { title: "to", path: `${trip.path}/to` }, { title: "child" }],
    });
  });

  test("a page moves among its siblings", async () => {
    const { trip, ids } = await makeTrip("a", "b", "c");
    await api.client.moveNode({ params: { nodeId: ids[0] }, body: { placement: { after: ids[1] } } });
    expect(await childrenOf(trip.id, trip.rootId)).toEqual(["b", "a", "c"]);
  });

  test("a merged page is deleted, and the other one gets its children", async () => {
    const { trip, ids } = await makeTrip("gone", "stays");
    await api.client.createNode({ body: { parentId: ids[0], title: "child" } });
    const { node } = await api.client.mergeNode({ params: { nodeId: ids[0] }, body: { intoId: ids[1] } });
    expect(node.id).toBe(ids[1]);
    expect(await childrenOf(trip.id, ids[1])).toEqual(["child"]);
    expect((await read(ids[0])).deletion).toMatchObject({ nodeId: ids[0], successorId: ids[1] });
  });

  test("a deleted page says what became of it, as do the pages below, and comes back with them", async () => {
    const { trip, ids } = await makeTrip("chapter", "successor");
    const { node: child } = await api.client.createNode({ body: { parentId: ids[0], title: "child" } });
    const deleted = await api.client.deleteNode({ params: { nodeId: ids[0] }, query: { successorId: ids[1], revision: 1 } });
    const deletion = { nodeId: ids[0], successorId: ids[1], at: expect.any(String) };
    expect(deleted.node).toMatchObject({ slug: null, path: null, url: null, deletion });
    expect(deleted.links.page).toBe(null);
    expect(await read(child.id)).toMatchObject({
      path: null,
      deletion,
      breadcrumbs: [{ path: trip.path }, { title: "chapter", path: null }],
    });
    expect(await problemOf(api.client.patchNode({ params: { nodeId: child.id }, body: { title: "x", revision: 1 } }))).toMatchObject({
      status: 410,
      code: "gone",
    });

    expect((await api.client.restoreNode({ params: { nodeId: ids[0] } })).node).toMatchObject({
      path: `${trip.path}/chapter`,
      deletion: null,
    });
    expect(await read(child.id)).toMatchObject({ path: `${trip.path}/chapter/child`, deletion: null });
  });

  test("a trip's own page is not deleted, restored, merged or moved by mistake", async () => {
    const { trip, ids } = await makeTrip("page");
    const params = { nodeId: trip.rootId };
    const calls = [
      api.client.deleteNode({ params }),
      api.client.restoreNode({ params }),
      api.client.mergeNode({ params, body: { intoId: ids[0] } }),
      api.client.moveNode({ params, body: { placement: "first" } }),
    ];
    for (const problem of await Promise.all(calls.map(problemOf))) expect(problem).toMatchObject({ status: 409, code: "root-fixed" });
    const { node } = await api.client.patchNode({ params, body: { slug: "by-its-page", revision: 1 } });
    expect(node).toMatchObject({ slug: "by-its-page", path: "/by-its-page" });
  });

  test("what cannot be done is refused with the reason, and nothing is changed", async () => {
    const { trip, ids } = await makeTrip("one", "two");
    const other = await makeTrip("elsewhere");
    const { node: child } = await api.client.createNode({ body: { parentId: ids[0], title: "child" } });
    const before = await api.client.getStructure({ params: { tripId: trip.id } });
    const params = { nodeId: ids[0] };
    const refused = async (call: Promise<unknown>) => (await problemOf(call)).code;

    expect(await refused(api.client.moveNode({ params, body: { parentId: child.id } }))).toBe("move-into-itself");
    expect(await refused(api.client.moveNode({ params, body: { parentId: other.ids[0] } }))).toBe("other-trip");
    expect(await refused(api.client.moveNode({ params, body: { placement: { before: child.id } } }))).toBe("not-found");
    expect(await refused(api.client.moveNode({ params, body: {} }))).toBe("validation-failed");
    expect(await refused(api.client.mergeNode({ params, body: { intoId: child.id } }))).toBe("move-into-itself");
    expect(await refused(api.client.mergeNode({ params, body: { intoId: other.ids[0] } }))).toBe("other-trip");
    expect(await refused(api.client.deleteNode({ params, query: { successorId: child.id } }))).toBe("move-into-itself");
    expect(await refused(api.client.deleteNode({ params, query: { successorId: other.ids[0] } }))).toBe("other-trip");
    expect(await refused(api.client.patchNode({ params, body: { slug: "two", revision: 1 } }))).toBe("slug-taken");
    expect(await refused(api.client.patchNode({ params, body: { slug: "!?", revision: 1 } }))).toBe("slug-invalid");
    expect(await refused(api.client.patchNode({ params, body: { title: " ", revision: 1 } }))).toBe("validation-failed");
    expect(await refused(api.client.patchNode({ params, body: { revision: 1 } }))).toBe("validation-failed");
    expect(await refused(api.client.createNode({ body: { parentId: ids[0], title: "x", placement: { after: ids[0] } } }))).toBe(
      "not-found",
    );
    expect(await api.client.getStructure({ params: { tripId: trip.id } })).toEqual(before);
  });

  test("nothing goes below a deleted page", async () => {
    const { ids } = await makeTrip("dead", "alive");
    await api.client.deleteNode({ params: { nodeId: ids[0] } });
    expect(await problemOf(api.client.createNode({ body: { parentId: ids[0], title: "x" } }))).toMatchObject({
      status: 409,
      code: "parent-gone",
    });
    expect(await problemOf(api.client.moveNode({ params: { nodeId: ids[1] }, body: { parentId: ids[0] } }))).toMatchObject({
      code: "parent-gone",
    });
  });

  test("an address that would be too long is refused when it is made", async () => {
    const { trip } = await makeTrip();
    let parentId = trip.rootId;
    let refusal: unknown;
    // 60 characters of three bytes each are 540 in an address.
    for (let depth = 0; depth < 13 && refusal === undefined; depth += 1) {
      try {
        parentId = (await api.client.createNode({ body: { parentId, title: "書".repeat(60) } })).node.id;
      } catch (error) {
        refusal = (error as { problem: unknown }).problem;
      }
    }
    expect(refusal).toMatchObject({ status: 422, code: "path-too-long" });
  });

  test("a page that never was is not found, whatever is asked of it", async () => {
    const { ids } = await makeTrip("page");
    const params = { nodeId: "000000000000" };
    const calls = [
      api.client.getNode({ params }),
      api.client.patchNode({ params, body: { title: "x", revision: 1 } }),
      api.client.moveNode({ params, body: { placement: "first" } }),
      api.client.moveNode({ params: { nodeId: ids[0] }, body: { parentId: "000000000000" } }),
      api.client.mergeNode({ params, body: { intoId: ids[0] } }),
      api.client.mergeNode({ params: { nodeId: ids[0] }, body: { intoId: "000000000000" } }),
      api.client.deleteNode({ params }),
      api.client.restoreNode({ params }),
      api.client.createNode({ body: { parentId: "000000000000", title: "x" } }),
      api.client.listNodeCards({ params }),
      api.client.mintCard({ params }),
    ];
    for (const problem of await Promise.all(calls.map(problemOf))) expect(problem).toMatchObject({ status: 404, code: "not-found" });
  });
});

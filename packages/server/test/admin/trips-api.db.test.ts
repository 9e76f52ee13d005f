import { afterAll, beforeAll, expect, test } from "vitest";
import { eachDatabase } from "../support/databases.ts";
import { PUBLIC_URL, problemOf, startApi, type TestApi } from "./api-server.ts";

eachDatabase((makeDatabase) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
  });
  afterAll(() => api.close());

  test("a new trip is a draft in English, at the address that its title makes", async () => {
    const { trip, version, links } = await api.client.createTrip({ body: { title: "Rust by Example", body: "# Welcome" } });
    expect(trip).toMatchObject({
      slug: "rust-by-example",
      title: "Rust by Example",
      state: "draft",
      language: "en",
      direction: null,
      revision: 1,
      pages: 1,
      path: "/rust-by-example",
      url: `${PUBLIC_URL}/rust-by-example`,
      deleted: false,
      version,
    });
    expect(links).toEqual({
      self: `/api/trips/${trip.id}`,
      root: `/api/nodes/${trip.rootId}`,
      structure: `/api/trips/${trip.id}/structure`,
      cards: `/api/trips/${trip.id}/cards`,
      page: "/rust-by-example",
    });
    expect((await api.client.getTrip({ params: { tripId: trip.id } })).trip).toEqual(trip);
    expect((await api.client.getNode({ params: { nodeId: trip.rootId } })).node).toMatchObject({
      body: "# Welcome",
      slug: "rust-by-example",
    });
  });

  test("what was created says where it is", async () => {
    const response = await api.send("POST", "/api/trips", { title: "Where", slug: "where-it-is" });
    const { trip } = (await response.json()) as { trip: { id: number } };
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe(`/api/trips/${trip.id}`);
    expect(response.headers.get("etag")).toBe('"1"');
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("trips are listed by title, or found by their slug in any case", async () => {
    await api.client.createTrip({ body: { title: "Zebra crossing", slug: "zebra" } });
    await api.client.createTrip({ body: { title: "Aardvark", slug: "aardvark" } });
    const { trips } = await api.client.listTrips();
    const titles = trips.map((trip) => trip.title);
    expect(titles).toEqual([...titles].sort());
    expect(titles).toEqual(expect.arrayContaining(["Aardvark", "Zebra crossing"]));
    expect((await api.client.listTrips({ query: { slug: "ZEBRA" } })).trips.map((trip) => trip.title)).toEqual(["Zebra crossing"]);
    expect((await api.client.listTrips({ query: { slug: "nowhere" } })).trips).toEqual([]);
  });

  test("every fact of a trip can be changed, and each edit raises revision and version", async () => {
    const { trip } = await api.client.createTrip({ body: { title: "Before" } });
    const params = { tripId: trip.id };
    const change = { title: "After", slug: "after", state: "public", language: "he", direction: "rtl" } as const;
    const changed = await api.client.patchTrip({ params, body: { ...change, revision: 1 } });
    expect(changed.trip).toMatchObject({ ...change, revision: 2, path: "/after" });
    expect(changed.version).toBeGreaterThan(trip.version);

    const renamed = await api.client.patchTrip({ params, body: { title: "Once more", slug: null } }, { revision: 2 });
    expect(renamed.trip).toMatchObject({ slug: "once-more", revision: 3 });
    const history = await api.db.selectFrom("root_names").select("slug").where("trip_id", "=", trip.id).orderBy("retired_at").execute();
    expect(history.map((row) => row.slug)).toEqual(["before", "after"]);
  });

  test("a deleted trip is told so, and comes back", async () => {
    const { trip } = await api.client.createTrip({ body: { title: "Now and then" } });
    const params = { tripId: trip.id };
    expect((await api.client.deleteTrip({ params, query: { revision: 1 } })).trip).toMatchObject({ deleted: true });
    expect((await api.client.getNode({ params: { nodeId: trip.rootId } })).node).toMatchObject({
      path: null,
      deletion: { nodeId: trip.rootId },
    });
    expect(await problemOf(api.client.deleteTrip({ params }))).toMatchObject({ status: 410, code: "gone" });
    expect((await api.client.restoreTrip({ params })).trip).toMatchObject({ deleted: false, path: "/now-and-then" });
    // Restoring a living trip changes nothing.
    expect((await api.client.restoreTrip({ params, body: { revision: 3 } })).trip.revision).toBe(3);
  });

  test("the structure has the founding paper's shape, to any depth", async () => {
    const { trip } = await api.client.createTrip({ body: { title: "Deep", slug: "deep" } });
    let parentId = trip.rootId;
    const ids: string[] = [];
    for (const title of ["Chapter 1", "What is it?", "Principles", "Détail"]) {
      const { node } = await api.client.createNode({ body: { parentId, title } });
      ids.push(node.id);
      parentId = node.id;
    }
    const { node: lost } = await api.client.createNode({ body: { parentId: ids[0]!, title: "Lost" } });
    await api.client.deleteNode({ params: { nodeId: lost.id } });

    const structure = await api.client.getStructure({ params: { tripId: trip.id } });
    const [chapter, section, page, detail] = ids;
    expect(structure).toMatchObject({
      id: trip.id,
      slug: "deep",
      title: "Deep",
      rootId: trip.rootId,
      groups: [{ id: chapter, parentId: trip.rootId, slug: "chapter-1", depth: 1, path: "/deep/chapter-1" }],
      destinations: [{ id: section, parentId: chapter, slug: "what-is-it", depth: 2 }],
      activities: [
        { id: page, parentId: section, depth: 3, state: "draft" },
        { id: detail, parentId: page, depth: 4, path: "/deep/chapter-1/what-is-it/principles/d%C3%A9tail" },
      ],
      slug_map: {
        "chapter-1": chapter,
        "chapter-1/what-is-it": section,
        "chapter-1/what-is-it/principles": page,
        "chapter-1/what-is-it/principles/détail": detail,
      },
      deleted: [{ id: lost.id, parentId: chapter, title: "Lost" }],
    });
  });

  test("a structure that was read before an edit is read anew after it", async () => {
    const { trip } = await api.client.createTrip({ body: { title: "Fresh" } });
    const read = () => api.client.getStructure({ params: { tripId: trip.id } });
    expect((await read()).groups).toEqual([]);
    const { version } = await api.client.createNode({ body: { parentId: trip.rootId, title: "New" } });
    expect(await read()).toMatchObject({ version, groups: [{ title: "New" }] });
  });

  test("a slug that cannot be is refused with the reason", async () => {
    await api.client.createTrip({ body: { title: "Holder", slug: "held" } });
    const create = (slug: string) => problemOf(api.client.createTrip({ body: { title: "Other", slug } }));
    expect(await create("held")).toMatchObject({ status: 409, code: "slug-taken" });
    expect(await create("api")).toMatchObject({ status: 422, code: "slug-reserved" });
    expect(await create("no/slash")).toMatchObject({
      status: 422,
      code: "slug-invalid",
      detail: expect.stringContaining('"no-slash" would be'),
    });
  });

  test("a trip that never was is not found, whatever is asked of it", async () => {
    const params = { tripId: 2_147_483_647 };
    const calls = [
      api.client.getTrip({ params }),
      api.client.getStructure({ params }),
      api.client.listTripCards({ params }),
      api.client.listAssets({ params }),
      api.client.patchTrip({ params, body: { title: "x", revision: 1 } }),
      api.client.deleteTrip({ params }),
      api.client.restoreTrip({ params }),
    ];
    for (const problem of await Promise.all(calls.map(problemOf))) expect(problem).toMatchObject({ status: 404, code: "not-found" });
  });
});

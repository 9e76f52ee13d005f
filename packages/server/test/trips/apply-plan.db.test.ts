import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assemblePage } from "../../src/pages/assemble.ts";
import { renderPage } from "../../src/pages/page.ts";
import { applyPlan } from "../../src/trips/apply-plan.ts";
import { createNode, deleteNode, editNode } from "../../src/trips/edits.ts";
import { createNodeId } from "../../src/trips/node-id.ts";
import { findTrip } from "../../src/trips/repository.ts";
import { storeBody, TripService } from "../../src/trips/service.ts";
import type { NodeId, TripId, TripNode } from "../../src/trips/types.ts";
import { eachDatabase } from "../support/databases.ts";
import { createSyncKit, type SyncKit } from "./sync-kit.ts";

const TIDES = "High water follows the moon by some fifty minutes a day, in every harbour of this coast and of the next one.";
const KNOTS = "A bowline holds whatever the sea does to it, and is undone in a second by hands that know where to push.";
const PILOT = "Pilots come aboard at the outer buoy; call them two hours before, on channel twelve, in whatever language.";

eachDatabase((makeDatabase) => {
  let kit: SyncKit;
  beforeAll(async () => {
    kit = await createSyncKit(makeDatabase);
  });
  afterAll(() => kit.services.close());

  const edit = (tripId: TripId, run: Parameters<TripService["edit"]>[0]) => kit.services.trips.edit(run, () => tripId);
  const makeByHand = async (tripId: TripId, parent: TripNode, title: string): Promise<NodeId> => {
    const body = await kit.services.trips.prepareBody(`${title}, written by hand.`);
    let id: NodeId = "";
    await edit(tripId, async (trx, at) => {
      ({ id } = await createNode(trx, { title, contentHash: await storeBody(trx, body, at), parentId: parent.id }, at));
    });
    return id;
  };

  describe("a first import", () => {
    test("makes the trip with all its pages, in the order of the source, by one change", async () => {
      const { tripId, created } = await kit.sync("harbour", {
        "index.md": "# Harbour",
        "02-knots.md": `# Knots\n\n${KNOTS}`,
        "01-tides/index.md": `# Tides\n\n${TIDES}`,
        "01-tides/spring.md": "# Spring tide",
      });
      expect(created).toBe(4);
      expect(await kit.paths(tripId)).toEqual(["tides", "tides/spring", "knots"]);
      expect(await kit.bodyOf((await kit.page(tripId, "knots")).id)).toContain(KNOTS);
      expect(await kit.changes(tripId)).toBe(1);
    });

    test("numbers siblings that want the same slug, and says so", async () => {
      const plan = { "index.md": "# Twins", "a.md": "---\nslug: same\n---\n# A", "b.md": "---\nslug: same\n---\n# B" };
      const { tripId, collisions } = await kit.sync("twins", plan);
      expect(await kit.paths(tripId)).toEqual(["same", "same-2"]);
      expect(collisions).toEqual([{ key: "b.md", wanted: "same", got: "same-2" }]);
    });

    test("of a source without a title has its name; the trip that it is brought in line with keeps its own", async () => {
      const { tripId } = await kit.sync("nameless", { "page.md": "# Page" });
      const root = await kit.page(tripId, "");
      await edit(tripId, (trx, at) => editNode(trx, root.id, { title: "My Museum Guide" }, at));
      await kit.sync("nameless", { "page.md": "# Page, changed" });
      expect((await kit.page(tripId, "")).title).toBe("My Museum Guide");
      await kit.sync("nameless", { "index.md": "# Called so by its source", "page.md": "# Page" });
      expect((await kit.page(tripId, "")).title).toBe("Called so by its source");
    });

    test("of thousands of siblings with one title gives each a slug of its own", async () => {
      const plan = await kit.planOf({ "index.md": "# Many" }, "many");
      const page = { ...plan.nodes[0]!, parentKey: "", title: "Alike" };
      const nodes = [...plan.nodes, ...Array.from({ length: 3_000 }, (_, index) => ({ ...page, key: `${index}.md` }))];
      const { tripId } = await applyPlan(kit.services.trips, { ...plan, nodes });
      const paths = await kit.paths(tripId!);
      expect(new Set(paths).size).toBe(3_000);
      expect(paths.at(-1)).toBe("alike-3000");
    });

    test("keeps drafts to itself", async () => {
      const { tripId } = await kit.sync("drafts", { "index.md": "# D", "a.md": "---\nstate: draft\n---\n# A", "b.md": "# B" });
      const snapshot = await kit.snapshot(tripId);
      expect([1, 2].map((node) => [snapshot.title(node), snapshot.isVisible(node)])).toEqual([
        ["A", false],
        ["B", true],
      ]);
    });

    test("takes the ids that the source names, where nobody has them", async () => {
      const [free, foreign] = [createNodeId(), (await kit.page((await findTrip(kit.services.database.db, "twins"))!.id, "same")).id];
      const files = { "index.md": "# Ids", "a.md": `---\nid: ${free}\n---\n# A`, "b.md": `---\nid: ${foreign}\n---\n# B` };
      const { tripId } = await kit.sync("ids", files);
      expect((await kit.page(tripId, "a")).id).toBe(free);
      expect((await kit.page(tripId, "b")).id).not.toBe(foreign);
    });

    test("is refused before anything is written when its slug is one of the server's own", async () => {
      const refused = kit.sync("api", { "index.md": "# Api" }, { dryRun: true });
      await expect(refused).rejects.toMatchObject({ code: "slug-reserved" });
      const writes = await kit.writesOf(() => kit.sync("api", { "index.md": "# Api" }).catch(() => {}));
      expect(writes).toEqual([]);
    });
  });

  describe("the same source again", () => {
    const files = {
      "index.md": "# Again\n\n![A dot](dot.svg)",
      "dot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>',
      "01-a.md": "---\naliases: [/old/a, /first]\n---\n# A\n\nSee [B](02-b.md).",
      "02-b.md": "---\nstate: draft\nlanguage: de\n---\n# B",
      "twin/index.md": "# Twin",
      "other/twin.md": "# Twin",
    };

    test("writes nothing at all", async () => {
      const { tripId } = await kit.sync("again", files);
      const writes = await kit.writesOf(async () => {
        expect(await kit.sync("again", files)).toMatchObject({ tripId, created: 0, updated: 0, unchanged: 6, changes: [] });
      });
      expect(writes).toEqual([]);
      expect(await kit.changes(tripId)).toBe(1);
    });

    test("finds its trip however its slug was spelt", async () => {
      const { tripId } = await kit.sync("My Book", { "index.md": "# Mine" });
      expect(await kit.sync("my-book", { "index.md": "# Mine" })).toMatchObject({ tripId, slug: "my-book" });
      expect((await kit.sync("My Book", { "index.md": "# Mine" })).tripId).toBe(tripId);
    });

    test("finds its trip by a slug that it had before", async () => {
      const { tripId } = await kit.sync("moving", { "index.md": "# Moving" });
      const root = await kit.page(tripId, "");
      await edit(tripId, (trx, at) => editNode(trx, root.id, { slug: "moved" }, at));
      expect((await kit.sync("moving", { "index.md": "# Moving on" })).tripId).toBe(tripId);
      expect((await findTrip(kit.services.database.db, "moving"))?.slug).toBe("moved");
    });

    test("leaves the trip's own slug and visibility to its admins", async () => {
      const { tripId } = await kit.sync("hidden", { "index.md": "# Hidden" });
      const root = await kit.page(tripId, "");
      await edit(tripId, (trx, at) => editNode(trx, root.id, { state: "unlisted" }, at));
      expect((await kit.sync("hidden", { "index.md": "# Hidden" })).unchanged).toBe(1);
      expect((await kit.page(tripId, "")).state).toBe("unlisted");
    });
  });

  describe("a source that changed", () => {
    test("raises the revision of the pages that differ, and of no others", async () => {
      const files = { "index.md": "# Revisions", "a.md": "# A\n\nOne.", "b.md": "# B\n\nTwo." };
      const { tripId } = await kit.sync("revisions", files);
      expect(await kit.sync("revisions", { ...files, "b.md": "# B\n\nThree." })).toMatchObject({ updated: 1, unchanged: 2 });
      expect((await kit.page(tripId, "a")).revision).toBe(1);
      expect((await kit.page(tripId, "b")).revision).toBe(2);
      expect(await kit.changes(tripId)).toBe(2);
    });

    test("with a new first page moves nobody, and only its parent has other children", async () => {
      const files = { "index.md": "# Order", "02-b.md": "# B", "03-c.md": "# C" };
      const { tripId } = await kit.sync("order", files);
      await kit.sync("order", { ...files, "01-a.md": "# A" });
      expect(await kit.paths(tripId)).toEqual(["a", "b", "c"]);
      expect([(await kit.page(tripId, "b")).revision, (await kit.page(tripId, "c")).revision]).toEqual([1, 1]);
      const root = await kit.page(tripId, "");
      expect([root.revision, root.childrenRevision]).toEqual([1, 2]);
    });

    test("in another order changes as few pages as can be", async () => {
      const files = (order: number) => ({
        "index.md": "# Shuffle",
        "a.md": `---\norder: ${order}\n---\n# A`,
        "b.md": "---\norder: 2\n---\n# B",
        "c.md": "---\norder: 3\n---\n# C",
      });
      const { tripId } = await kit.sync("shuffle", files(1));
      await kit.sync("shuffle", files(4));
      expect(await kit.paths(tripId)).toEqual(["b", "c", "a"]);
      expect(await Promise.all(["a", "b", "c"].map(async (path) => (await kit.page(tripId, path)).revision))).toEqual([2, 1, 1]);
    });

    test("recognises a renamed file by its text: the page, its old address and its card go on", async () => {
      const { tripId } = await kit.sync("renamed", { "index.md": "# R", "moon.md": `# Moon\n\n${TIDES}`, "rope.md": `# Rope\n\n${KNOTS}` });
      const before = await kit.page(tripId, "moon");
      const { code } = await kit.services.cards.cardOf(before.id);
      const summary = await kit.sync("renamed", { "index.md": "# R", "tides.md": `# Tides\n\n${TIDES}`, "rope.md": `# Rope\n\n${KNOTS}` });
      expect(summary.changes).toEqual([{ kind: "renamed", title: "Tides", from: "/moon", to: "/tides", reason: "content" }]);
      expect((await kit.page(tripId, "tides")).id).toBe(before.id);
      expect(await kit.at(tripId, "moon")).toBe("Tides*");
      expect((await kit.services.cards.cardOf(before.id)).code).toBe(code);
    });

    test("recognises a page that was rewritten in part, and not one that only has the same few words", async () => {
      const { tripId } = await kit.sync("rewritten", {
        "index.md": "# W",
        "old.md": `# Old\n\n${TIDES} ${KNOTS} ${PILOT}`,
        "stub.md": "# Stub",
      });
      const [long, stub] = [await kit.page(tripId, "old"), await kit.page(tripId, "stub")];
      await kit.sync("rewritten", { "index.md": "# W", "new.md": `# New\n\n${TIDES} ${KNOTS} And more.`, "other.md": "# Other" });
      expect((await kit.page(tripId, "new")).id).toBe(long.id);
      expect((await kit.page(tripId, "other")).id).not.toBe(stub.id);
      expect(await kit.at(tripId, "stub")).toBe("gone");
    });

    test("moves a page with all that lies below it by one row of history", async () => {
      const part = { "part/index.md": `# Part\n\n${TIDES}`, "part/one.md": `# One\n\n${KNOTS}`, "part/two.md": `# Two\n\n${PILOT}` };
      const { tripId } = await kit.sync("moves", { "index.md": "# M", "book/index.md": "# Book", ...part });
      const inside = Object.fromEntries(Object.entries(part).map(([file, text]) => [`book/${file}`, text]));
      const { changes } = await kit.sync("moves", { "index.md": "# M", "book/index.md": "# Book", ...inside });
      expect(changes.map(({ kind, from, to }) => [kind, from, to])).toEqual([["moved", "/part", "/book/part"]]);
      expect(await kit.at(tripId, "part/two")).toBe("Two*");
      const names = await kit.services.database.db.selectFrom("names").select("segment").where("trip_id", "=", tripId).execute();
      expect(names).toEqual([{ segment: "part" }]);
    });

    test("lets pages exchange their names", async () => {
      const ring = (one: string, two: string, three: string) => ({
        "index.md": "# Ring",
        "a.md": `---\nslug: ${one}\n---\n# A`,
        "b.md": `---\nslug: ${two}\n---\n# B`,
        "c.md": `---\nslug: ${three}\n---\n# C`,
      });
      const { tripId } = await kit.sync("ring", ring("x", "y", "z"));
      expect(await kit.sync("ring", ring("y", "z", "x"))).toMatchObject({ renamed: 3 });
      expect(await Promise.all(["y", "z", "x"].map((path) => kit.at(tripId, path)))).toEqual(["A", "B", "C"]);
    });

    test("exchanges a parent and its child", async () => {
      const { tripId } = await kit.sync("upside", { "index.md": "# U", "a/index.md": `# A\n\n${TIDES}`, "a/b.md": `# B\n\n${KNOTS}` });
      await kit.sync("upside", { "index.md": "# U", "b/index.md": `# B\n\n${KNOTS}`, "b/a.md": `# A\n\n${TIDES}` });
      expect(await kit.paths(tripId)).toEqual(["b", "b/a"]);
      expect([await kit.at(tripId, "a"), await kit.at(tripId, "a/b")]).toEqual(["A*", "B*"]);
    });

    test("takes a page of a numbered slug for the same one when another goes", async () => {
      const files = { "index.md": "# N", "a.md": "---\nslug: same\n---\n# A", "same.md": "# B" };
      const { tripId } = await kit.sync("numbered", files);
      expect(await kit.paths(tripId)).toEqual(["same", "same-2"]);
      await kit.sync("numbered", { ...files, "a.md": "---\nslug: other\n---\n# A" });
      expect(await kit.paths(tripId)).toEqual(["other", "same-2"]);
    });
  });

  describe("a page that is no longer in the source", () => {
    test("is gone with all below it, and comes back as the one it was", async () => {
      const kept = { "index.md": "# Gone", "stays.md": `# Stays\n\n${PILOT}` };
      const part = { "part/index.md": `# Part\n\n${TIDES}`, "part/one.md": "# One", "part/two.md": "# Two" };
      const { tripId } = await kit.sync("gone", { ...kept, ...part });
      const ids = [(await kit.page(tripId, "part")).id, (await kit.page(tripId, "part/one")).id];
      expect(await kit.sync("gone", kept)).toMatchObject({ deleted: 3 });
      expect([await kit.at(tripId, "part"), await kit.at(tripId, "part/one")]).toEqual(["gone", "gone"]);
      expect(await kit.services.database.db.selectFrom("tombstones").select("node_id").where("trip_id", "=", tripId).execute()).toEqual([
        { node_id: ids[0] },
      ]);

      const { "part/two.md": _dropped, ...rest } = part;
      expect(await kit.sync("gone", { ...kept, ...rest })).toMatchObject({ restored: 2, created: 0, deleted: 0 });
      expect([(await kit.page(tripId, "part")).id, (await kit.page(tripId, "part/one")).id]).toEqual(ids);
      expect((await kit.page(tripId, "part/one")).revision).toBe(1);
      expect(await kit.at(tripId, "part/two")).toBe("gone");
      expect(await kit.writesOf(() => kit.sync("gone", { ...kept, ...rest }))).toEqual([]);
    });

    test("gives way to a new one of its name, and comes back beside it", async () => {
      const { tripId } = await kit.sync("way", { "index.md": "# W", "a.md": `---\nslug: name\n---\n# A\n\n${TIDES}` });
      await kit.sync("way", { "index.md": "# W", "b.md": `---\nslug: name\n---\n# B\n\n${KNOTS}` });
      await kit.sync("way", {
        "index.md": "# W",
        "a.md": `---\nslug: name\n---\n# A\n\n${TIDES}`,
        "b.md": `---\nslug: name\n---\n# B\n\n${KNOTS}`,
      });
      expect(await kit.paths(tripId)).toEqual(["name", "name-2"]);
      expect([await kit.at(tripId, "name"), await kit.at(tripId, "name-2")]).toEqual(["A", "B"]);
    });

    test("comes back with the whole trip, which an admin had deleted", async () => {
      const files = { "index.md": "# Whole", "a.md": "# A" };
      const { tripId } = await kit.sync("whole", files);
      const root = await kit.page(tripId, "");
      await edit(tripId, (trx, at) => deleteNode(trx, root.id, {}, at));
      expect(await kit.at(tripId, "a")).toBe("gone");
      expect(await kit.sync("whole", files)).toMatchObject({ tripId, restored: 2 });
      expect(await kit.at(tripId, "a")).toBe("A");
    });
  });

  describe("a page made by hand", () => {
    test("stays, with its name", async () => {
      const files = { "index.md": "# Hand", "a.md": "# A" };
      const { tripId } = await kit.sync("hand", files);
      const id = await makeByHand(tripId, await kit.page(tripId, ""), "Notes");
      const { kept, collisions } = await kit.sync("hand", { ...files, "notes.md": "# Notes" });
      expect(kept).toBe(1);
      expect(collisions).toEqual([{ key: "notes.md", wanted: "notes", got: "notes-2" }]);
      expect((await kit.page(tripId, "notes")).id).toBe(id);
    });

    test("moves up to the next page that stays when those above it go", async () => {
      const files = { "index.md": "# Up", "notes.md": "# Notes" };
      const { tripId } = await kit.sync("up", { ...files, "part/index.md": "# Part", "part/deep/index.md": "# Deep" });
      const id = await makeByHand(tripId, await kit.page(tripId, "part/deep"), "Notes");
      await makeByHand(tripId, await kit.page(tripId, "part/deep/notes"), "Below");
      const { kept, changes } = await kit.sync("up", files);
      expect(kept).toBe(2);
      expect(changes.map(({ kind, from, to }) => [kind, from, to])).toEqual([
        ["moved", "/part/deep/notes", "/notes-2"],
        ["deleted", "/part", null],
        ["deleted", "/part/deep", null],
      ]);
      expect(await kit.paths(tripId)).toEqual(["notes", "notes-2", "notes-2/below"]);
      expect((await kit.page(tripId, "part/deep/notes")).id).toBe(id);
    });
  });

  describe("former addresses of the source", () => {
    test("become history, through folders that never were pages too", async () => {
      const { tripId, aliases } = await kit.sync("aliases", {
        "index.md": "# Aliases",
        "a.md": "---\naliases: [/first, /2019/05/a]\n---\n# A",
        "b.md": "---\naliases: [/2019/05/b, /a/b]\n---\n# B",
      });
      expect(aliases).toBe(4);
      expect(await Promise.all(["first", "2019/05/a", "2019/05/b", "a/b"].map((path) => kit.at(tripId, path)))).toEqual([
        "A*",
        "A*",
        "B*",
        "B*",
      ]);
      // What never was a page sends on to the page above.
      expect(await kit.at(tripId, "2019/05")).toBe("Aliases*");
      expect(await kit.paths(tripId)).toEqual(["a", "b"]);
    });

    test("never hide a living page, and are none where their own page stands", async () => {
      const { tripId } = await kit.sync("hide", { "index.md": "# Hide", "a.md": "# A", "b.md": "---\naliases: [/b, /a]\n---\n# B" });
      expect([await kit.at(tripId, "a"), await kit.at(tripId, "b")]).toEqual(["A", "B"]);
    });
  });

  describe("links between pages", () => {
    test("are kept by id, and follow the page", async () => {
      const files = { "index.md": "# Links", "a.md": "# A\n\nSee [there](b.md#part).", "b.md": "# B\n\n## Part" };
      const { tripId } = await kit.sync("links", files);
      const [a, b] = [await kit.page(tripId, "a"), await kit.page(tripId, "b")];
      expect(await kit.bodyOf(a.id)).toContain(`[there](node:${b.id}#part)`);
      const html = async () => {
        const snapshot = await kit.snapshot(tripId);
        const { rendered } = await kit.services.trips.content(a.contentHash);
        return renderPage(assemblePage(snapshot, snapshot.findById(a.id), rendered, "https://cards.example"));
      };
      expect(await html()).toContain('<a href="/links/b#part">there</a>');
      await edit(tripId, (trx, at) => editNode(trx, b.id, { slug: "renamed" }, at));
      expect(await html()).toContain('<a href="/links/renamed#part">there</a>');
    });
  });

  describe("a dry run", () => {
    test("says what would happen, and writes nothing", async () => {
      const files = { "index.md": "# Dry", "a.md": `# A\n\n${TIDES}` };
      const writes = await kit.writesOf(async () => {
        expect(await kit.sync("dry", files, { dryRun: true })).toMatchObject({ slug: "dry", created: 2 });
      });
      expect(writes).toEqual([]);
      expect(await findTrip(kit.services.database.db, "dry")).toBeUndefined();

      await kit.sync("dry", files);
      const changed = { "index.md": "# Dry", "b.md": `# B\n\n${TIDES}` };
      const more = await kit.writesOf(async () => {
        expect(await kit.sync("dry", changed, { dryRun: true })).toMatchObject({ renamed: 1, updated: 1 });
      });
      expect(more).toEqual([]);
    });
  });

  describe("edits while an import is worked out", () => {
    /** The service of a process in which somebody edits whenever an import has just stored its texts. */
    function interrupted(interrupt: () => Promise<unknown>): TripService {
      class Interrupted extends TripService {
        override async storeAhead(store: Parameters<TripService["storeAhead"]>[0]): Promise<void> {
          await super.storeAhead(store);
          await interrupt();
        }
      }
      return new Interrupted(kit.services);
    }

    test("are seen: it is worked out again", async () => {
      const { tripId } = await kit.sync("between", { "index.md": "# Between" });
      const root = await kit.page(tripId, "");
      let isFirst = true;
      const trips = interrupted(async () => {
        if (isFirst) await makeByHand(tripId, root, "Notes");
        isFirst = false;
      });
      const files = { "index.md": "# Between", "notes.md": `# Notes\n\n${KNOTS} ${TIDES}` };
      const { created, kept } = await applyPlan(trips, await kit.planOf(files, "between"));
      expect({ created, kept }).toEqual({ created: 1, kept: 1 });
      // The source's pages go before one made by hand in the same place.
      expect(await kit.paths(tripId)).toEqual(["notes-2", "notes"]);
    });

    test("of the same source by a faster import make one trip", async () => {
      const files = { "index.md": "# Race", "a.md": "# A" };
      const trips = interrupted(() => kit.sync("race", files));
      const { created, unchanged } = await applyPlan(trips, await kit.planOf(files, "race"));
      expect({ created, unchanged }).toEqual({ created: 0, unchanged: 2 });
    });

    test("that never end make it give up, with nothing of it written", async () => {
      const { tripId } = await kit.sync("endless", { "index.md": "# Endless" });
      const root = await kit.page(tripId, "");
      let edits = 0;
      const trips = interrupted(() => {
        edits += 1;
        return edit(tripId, (trx, at) => editNode(trx, root.id, { title: `Edit ${edits}` }, at));
      });
      const plan = await kit.planOf({ "index.md": "# Endless", "a.md": "# A" }, "endless");
      await expect(applyPlan(trips, plan)).rejects.toMatchObject({ code: "busy" });
      expect(await kit.paths(tripId)).toEqual([]);
    });
  });
});

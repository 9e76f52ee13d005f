import { beforeEach, describe, expect, test } from "vitest";
import type { TripNode } from "../../src/trips/types.ts";
import { eachDatabase } from "../support/databases.ts";
import { createEditKit, type EditKit } from "./edit-kit.ts";

eachDatabase((makeDatabase) => {
  let kit: EditKit;
  let root: TripNode;
  let trips = 0;

  beforeEach(async () => {
    kit ??= await createEditKit(await makeDatabase());
    trips += 1;
    root = await kit.trip(`trip-${trips}`);
  });

  describe("deleting", () => {
    test("takes along what lies below", async () => {
      const a = await kit.page(root, "a");
      await kit.page(a, "x");
      await kit.remove(a);
      expect(await kit.paths(root)).toEqual([]);
      expect([await kit.at(root, "a"), await kit.at(root, "a/x")]).toEqual(["gone", "gone"]);
    });

    test("frees the name for others", async () => {
      const a = await kit.page(root, "a", { title: "First" });
      await kit.remove(a);
      await kit.page(root, "a", { title: "Second" });
      expect(await kit.at(root, "a")).toBe("Second");
    });

    test("in favour of a successor sends readers there", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b", { title: "B" })];
      await kit.remove(a, b);
      expect(await kit.at(root, "a")).toBe("B*");
    });

    test("in favour of itself, a page below, a deleted page or one of another trip is refused", async () => {
      const [a, gone] = [await kit.page(root, "a"), await kit.page(root, "gone")];
      const below = await kit.page(a, "x");
      const elsewhere = await kit.trip(`elsewhere-${trips}`);
      await kit.remove(gone);
      await expect(kit.remove(a, a)).rejects.toMatchObject({ code: "move-into-itself" });
      await expect(kit.remove(a, below)).rejects.toMatchObject({ code: "move-into-itself" });
      await expect(kit.remove(a, gone)).rejects.toMatchObject({ code: "gone" });
      await expect(kit.remove(a, elsewhere)).rejects.toMatchObject({ code: "other-trip" });
    });

    test("twice, or below a deleted page, is refused", async () => {
      const a = await kit.page(root, "a");
      const below = await kit.page(a, "x");
      await kit.remove(a);
      await expect(kit.remove(a)).rejects.toMatchObject({ code: "gone" });
      await expect(kit.remove(below)).rejects.toMatchObject({ code: "gone", details: { deleted: a.id } });
    });

    test("a trip's own page makes the whole trip gone, and restoring it brings the trip back", async () => {
      await kit.page(root, "a", { title: "A" });
      await kit.remove(root);
      expect([await kit.at(root, "a"), (await kit.snapshot(root.tripId)).isAlive(0)]).toEqual(["gone", false]);
      await kit.restore(root);
      expect(await kit.at(root, "a")).toBe("A");
    });
  });

  describe("restoring", () => {
    test("brings back what was alive below, and not what was deleted before", async () => {
      const a = await kit.page(root, "a");
      const [x, y] = [await kit.page(a, "x"), await kit.page(a, "y")];
      await kit.remove(x);
      await kit.remove(a);
      await kit.restore(a);
      expect(await kit.paths(root)).toEqual(["a", "a/y"]);
      await kit.restore(x);
      expect(await kit.paths(root)).toEqual(["a", "a/x", "a/y"]);
      expect(y.revision).toBe(1);
    });

    test("to a place that another page has taken gives a number, and the other keeps its name", async () => {
      const a = await kit.page(root, "a", { title: "First" });
      await kit.page(a, "x", { title: "Below" });
      await kit.remove(a);
      await kit.page(root, "a", { title: "Second" });
      expect((await kit.restore(a)).segment).toBe("a-2");
      expect([await kit.at(root, "a"), await kit.at(root, "a-2"), await kit.at(root, "a/x")]).toEqual(["Second", "First", "Below*"]);
    });

    test("to its own place takes the name back even where another retired it meanwhile", async () => {
      const a = await kit.page(root, "a", { title: "First" });
      await kit.remove(a);
      const second = await kit.page(root, "a", { title: "Second" });
      await kit.rename(second, "b");
      expect((await kit.restore(a)).segment).toBe("a");
      expect(await kit.at(root, "a")).toBe("First");
    });

    test("ends a succession", async () => {
      const [a, b] = [await kit.page(root, "a", { title: "A" }), await kit.page(root, "b")];
      await kit.remove(a, b);
      await kit.restore(a);
      expect(await kit.at(root, "a")).toBe("A");
    });

    test("below a deleted page is refused, and a living page stays as it is", async () => {
      const a = await kit.page(root, "a");
      const x = await kit.page(a, "x");
      expect(await kit.restore(x)).toEqual(x);
      await kit.remove(x);
      await kit.remove(a);
      await expect(kit.restore(x)).rejects.toMatchObject({ code: "parent-gone" });
      await kit.restore(a);
      const y = await kit.page(a, "y");
      await kit.remove(a);
      await expect(kit.restore(y)).rejects.toMatchObject({ code: "parent-gone", details: { deleted: a.id } });
    });
  });

  describe("merging", () => {
    test("leads the old address to the other page, and the children's to the children", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b", { title: "B" })];
      await kit.page(b, "own");
      const x = await kit.page(a, "x", { title: "X" });
      await kit.page(x, "deep", { title: "Deep" });
      await kit.page(a, "own", { title: "Also own" });
      await kit.merge(a, b);
      expect(await kit.paths(root)).toEqual(["b", "b/own", "b/x", "b/x/deep", "b/own-2"]);
      expect([await kit.at(root, "a"), await kit.at(root, "a/x"), await kit.at(root, "a/x/deep"), await kit.at(root, "a/own")]).toEqual([
        "B*",
        "X*",
        "Deep*",
        "Also own*",
      ]);
    });

    test("writes one past name for the page and one for each child, whatever lies below them", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b")];
      const children = [await kit.page(a, "x"), await kit.page(a, "y")];
      for (const child of children) await kit.page(child, "below");
      await kit.merge(a, b);
      expect((await kit.names(root)).map((name) => name.node_id).sort()).toEqual([a, ...children].map((node) => node.id).sort());
    });

    test("leaves deleted children behind, gone as before", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b")];
      const x = await kit.page(a, "x");
      await kit.remove(x);
      await kit.merge(a, b);
      expect(await kit.at(root, "a/x")).toBe("gone");
    });

    test("a page into its parent keeps the parent's address", async () => {
      const a = await kit.page(root, "a", { title: "A" });
      const m = await kit.page(a, "m");
      await kit.page(m, "x", { title: "X" });
      await kit.merge(m, a);
      expect([await kit.at(root, "a/m"), await kit.at(root, "a/m/x"), await kit.at(root, "a/x")]).toEqual(["A*", "X*", "X"]);
    });

    test("into itself, below itself, a deleted page or another trip is refused, and so is a trip's own page", async () => {
      const [a, gone] = [await kit.page(root, "a"), await kit.page(root, "gone")];
      const below = await kit.page(a, "x");
      const elsewhere = await kit.trip(`elsewhere-${trips}`);
      await kit.remove(gone);
      await expect(kit.merge(a, a)).rejects.toMatchObject({ code: "move-into-itself" });
      await expect(kit.merge(a, below)).rejects.toMatchObject({ code: "move-into-itself" });
      await expect(kit.merge(a, gone)).rejects.toMatchObject({ code: "gone" });
      await expect(kit.merge(gone, a)).rejects.toMatchObject({ code: "gone" });
      await expect(kit.merge(a, elsewhere)).rejects.toMatchObject({ code: "other-trip" });
      await expect(kit.merge(root, a)).rejects.toMatchObject({ code: "root-fixed" });
      expect(await kit.paths(root)).toEqual(["a", "a/x"]);
    });
  });
});

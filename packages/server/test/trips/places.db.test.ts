import { beforeEach, describe, expect, test } from "vitest";
import { formatPath, PATH_LIMIT_BYTES } from "../../src/paths/parse-target.ts";
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

  describe("order", () => {
    test("is that of creation, and what placements say", async () => {
      const [a, b, c] = [await kit.page(root, "a"), await kit.page(root, "b"), await kit.page(root, "c")];
      expect(await kit.paths(root)).toEqual(["a", "b", "c"]);
      await kit.page(root, "first", { placement: "first" });
      await kit.page(root, "before-b", { placement: { before: b.id } });
      await kit.page(root, "after-b", { placement: { after: b.id } });
      expect(await kit.paths(root)).toEqual(["first", "a", "before-b", "b", "after-b", "c"]);
      await kit.place(c, "first");
      await kit.place(a, "last");
      expect(await kit.paths(root)).toEqual(["c", "first", "before-b", "b", "after-b", "a"]);
      await kit.place(b, { before: c.id });
      await kit.place(b, { after: a.id });
      expect(await kit.paths(root)).toEqual(["c", "first", "before-b", "after-b", "a", "b"]);
    });

    test("holds however often pages are put into the same gap", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b")];
      const between: string[] = [];
      for (let number = 0; number < 15; number += 1) {
        await kit.page(root, `m${number}`, { placement: number % 2 === 0 ? { after: a.id } : { before: b.id } });
        between.splice(number % 2 === 0 ? 0 : between.length, 0, `m${number}`);
      }
      for (let number = 0; number < 12; number += 1) await kit.page(root, `f${number}`, { placement: "first" });
      const first = Array.from({ length: 12 }, (_, number) => `f${11 - number}`);
      expect(await kit.paths(root)).toEqual([...first, "a", ...between, "b"]);
    });

    test("holds when a page moves to and fro beside the same one", async () => {
      const [a, b, c] = [await kit.page(root, "a"), await kit.page(root, "b"), await kit.page(root, "c")];
      for (let turn = 0; turn < 15; turn += 1) {
        await kit.place(c, { before: b.id });
        await kit.place(b, { before: c.id });
      }
      expect(await kit.paths(root)).toEqual(["a", "b", "c"]);
      expect(a.position).toBeLessThan(b.position);
    });

    test("is kept by a page that is deleted and restored", async () => {
      await kit.page(root, "a");
      const b = await kit.page(root, "b");
      await kit.page(root, "c");
      await kit.remove(b);
      expect(await kit.paths(root)).toEqual(["a", "c"]);
      await kit.restore(b);
      expect(await kit.paths(root)).toEqual(["a", "b", "c"]);
    });

    test("beside a page that is not a sibling is refused", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b")];
      const below = await kit.page(a, "x");
      await expect(kit.place(b, { before: below.id })).rejects.toMatchObject({ code: "not-found" });
      await expect(kit.place(b, { after: b.id })).rejects.toMatchObject({ code: "not-found" });
    });
  });

  describe("moving", () => {
    test("takes along what lies below, and keeps the name", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b")];
      await kit.page(a, "x", { title: "X" });
      await kit.move(a, b);
      expect(await kit.paths(root)).toEqual(["b", "b/a", "b/a/x"]);
      expect(await kit.at(root, "a/x")).toBe("X*");
    });

    test("gives a number where a living page has the name", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b")];
      await kit.page(b, "a");
      expect((await kit.move(a, b)).segment).toBe("a-2");
    });

    test("there and back leaves the page where it was", async () => {
      const [a, b] = [await kit.page(root, "a", { title: "A" }), await kit.page(root, "b")];
      await kit.move(a, b);
      await kit.move(a, root, "first");
      expect(await kit.paths(root)).toEqual(["a", "b"]);
      expect([await kit.at(root, "a"), await kit.at(root, "b/a")]).toEqual(["A", "A*"]);
    });

    test("below itself is refused, at any depth", async () => {
      const a = await kit.page(root, "a");
      const b = await kit.page(a, "b");
      const c = await kit.page(b, "c");
      for (const target of [a, b, c]) await expect(kit.move(a, target)).rejects.toMatchObject({ code: "move-into-itself" });
    });

    test("a trip's own page, to another trip, or where the parent is gone, is refused", async () => {
      const [a, gone] = [await kit.page(root, "a"), await kit.page(root, "gone")];
      const below = await kit.page(gone, "below");
      const elsewhere = await kit.trip(`elsewhere-${trips}`);
      await kit.remove(gone);
      await expect(kit.move(root, a)).rejects.toMatchObject({ code: "root-fixed" });
      await expect(kit.move(a, elsewhere)).rejects.toMatchObject({ code: "other-trip" });
      await expect(kit.move(a, gone)).rejects.toMatchObject({ code: "parent-gone" });
      await expect(kit.move(a, below)).rejects.toMatchObject({ code: "parent-gone", details: { deleted: gone.id } });
      await expect(kit.move(below, root)).rejects.toMatchObject({ code: "gone" });
    });
  });

  describe("an address of more than 6 KiB", () => {
    // "/w-0001" and 17 times "/" and 60 letters of 6 characters each: 6,144 characters, not one more.
    const wide = "é".repeat(60);
    const slug = () => `w-${String(trips).padStart(4, "0")}`;
    let top: TripNode;
    let deepest: TripNode;

    beforeEach(async () => {
      root = await kit.trip(slug());
      top = await kit.page(root, wide);
      deepest = top;
      for (let level = 2; level <= 17; level += 1) deepest = await kit.page(deepest, wide);
    });

    test("is refused when a page is made, and one of 6 KiB is not", async () => {
      const snapshot = await kit.snapshot(root.tripId);
      expect(formatPath(snapshot.path(17))).toHaveLength(PATH_LIMIT_BYTES);
      await expect(kit.page(deepest, "x")).rejects.toMatchObject({ code: "path-too-long" });
    });

    test("is refused when a rename would give it to a page below", async () => {
      const refusal = { code: "path-too-long", message: expect.stringContaining("a page below") as string };
      await expect(kit.rename(top, "中".repeat(60))).rejects.toMatchObject(refusal);
      await expect(kit.rename(root, `${slug()}x`)).rejects.toMatchObject(refusal);
      await kit.rename(top, "short");
      await kit.rename(root, `${slug()}x`);
    });

    test("is refused when a move or a merge would give it to a page below", async () => {
      const above = await kit.page(root, "above");
      await expect(kit.move(top, above)).rejects.toMatchObject({ code: "path-too-long" });
      await expect(kit.merge(top, await kit.page(above, wide))).rejects.toMatchObject({ code: "path-too-long" });
      expect(await kit.paths(root)).toHaveLength(19);
    });

    test("is refused when a restore would give it to a page below", async () => {
      await kit.remove(top);
      await kit.rename(root, `${slug()}x`);
      await expect(kit.restore(top)).rejects.toMatchObject({ code: "path-too-long" });
      await kit.rename(root, slug());
      expect(await kit.restore(top)).toMatchObject({ segment: wide });
    });
  });
});

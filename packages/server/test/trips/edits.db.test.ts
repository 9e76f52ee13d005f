import { beforeEach, describe, expect, test } from "vitest";
import { createNode, editNode } from "../../src/trips/edits.ts";
import { getNode } from "../../src/trips/repository.ts";
import type { TripNode } from "../../src/trips/types.ts";
import { eachDatabase } from "../support/databases.ts";
import { AT, createEditKit, type EditKit, EMPTY } from "./edit-kit.ts";

eachDatabase((makeDatabase) => {
  let kit: EditKit;
  let root: TripNode;
  let trips = 0;

  beforeEach(async () => {
    kit ??= await createEditKit(await makeDatabase());
    trips += 1;
    root = await kit.trip(`trip-${trips}`);
  });

  const revisions = async (...nodes: TripNode[]) => {
    const now = await Promise.all(nodes.map((node) => getNode(kit.database.db, node.id)));
    return now.map((node) => [node.revision, node.childrenRevision]);
  };

  describe("creating", () => {
    test("makes the slug from the title, and a number where it is taken", async () => {
      expect((await kit.titled(root, "What is BCBS 239?")).segment).toBe("what-is-bcbs-239");
      expect((await kit.titled(root, "What is BCBS 239!")).segment).toBe("what-is-bcbs-239-2");
      expect((await kit.titled(root, "What is BCBS 239")).segment).toBe("what-is-bcbs-239-3");
    });

    test("takes the node's id where nothing of the title can be a slug", async () => {
      const node = await kit.titled(root, "🎉");
      expect(node.segment).toBe(node.id);
    });

    test("lets two parents have a child of the same name", async () => {
      const [one, two] = [await kit.page(root, "one"), await kit.page(root, "two")];
      expect([(await kit.page(one, "x")).segment, (await kit.page(two, "x")).segment]).toEqual(["x", "x"]);
    });

    test("folds the author's slug, and refuses one that is none with one that would be", async () => {
      expect((await kit.page(root, " Größe ")).segment).toBe("größe");
      await expect(kit.page(root, "a b/c")).rejects.toMatchObject({
        code: "slug-invalid",
        message: expect.stringContaining('"a-b-c"') as string,
      });
      await expect(kit.page(root, "", { title: "Empty" })).rejects.toMatchObject({ code: "slug-invalid" });
      await expect(kit.page(root, "x".repeat(61))).rejects.toMatchObject({ code: "slug-invalid" });
    });

    test("refuses the author's slug where a living page has it, and says which", async () => {
      const holder = await kit.page(root, "taken");
      await expect(kit.page(root, "TAKEN")).rejects.toMatchObject({ code: "slug-taken", details: { holder: holder.id } });
    });

    test("keeps the title on one line, and refuses one that is empty or endless", async () => {
      expect((await kit.titled(root, "  Two\n\tlines \u0000 ")).title).toBe("Two lines");
      await expect(kit.titled(root, " \n ")).rejects.toMatchObject({ code: "validation-failed" });
      await expect(kit.titled(root, "\u200B\u2060")).rejects.toMatchObject({ code: "validation-failed" });
      await expect(kit.titled(root, "x".repeat(501))).rejects.toMatchObject({ code: "validation-failed" });
    });

    test("below a deleted page, or below one of the deleted page's, is refused", async () => {
      const parent = await kit.page(root, "parent");
      const child = await kit.page(parent, "child");
      await kit.remove(parent);
      await expect(kit.page(parent, "x")).rejects.toMatchObject({ code: "parent-gone", details: { deleted: parent.id } });
      await expect(kit.page(child, "x")).rejects.toMatchObject({ code: "parent-gone", details: { deleted: parent.id } });
    });

    test("below a page that is not there is refused", async () => {
      await expect(kit.page({ ...root, id: "000000000000" }, "x")).rejects.toMatchObject({ code: "not-found" });
    });
  });

  describe("renaming", () => {
    test("to an automatic slug makes it from the new title", async () => {
      const node = await kit.page(root, "chosen");
      expect(await kit.rename(node, null, "Made from the title")).toMatchObject({ segment: "made-from-the-title", slugIsExplicit: false });
      expect(await kit.rename(node, "chosen-again")).toMatchObject({ segment: "chosen-again", slugIsExplicit: true });
    });

    test("leaves the address alone when only the title changes", async () => {
      const node = await kit.titled(root, "First title");
      expect(await kit.edit((trx) => editNode(trx, node.id, { title: "Second title" }, AT))).toMatchObject({
        title: "Second title",
        segment: "first-title",
      });
    });

    test("to a name that a living page has is refused, and swaps go by a third name", async () => {
      const [a, b] = [await kit.page(root, "a", { title: "A" }), await kit.page(root, "b", { title: "B" })];
      await expect(kit.rename(a, "b")).rejects.toMatchObject({ code: "slug-taken", details: { holder: b.id } });
      await kit.edit(async (trx) => {
        await editNode(trx, a.id, { slug: "c" }, AT);
        await editNode(trx, b.id, { slug: "a" }, AT);
        await editNode(trx, a.id, { slug: "b" }, AT);
      });
      expect([await kit.at(root, "a"), await kit.at(root, "b"), await kit.at(root, "c")]).toEqual(["B", "A", "none"]);
    });

    test("a deleted page, or taking the language from a trip, is refused", async () => {
      const node = await kit.page(root, "a");
      await kit.remove(node);
      await expect(kit.rename(node, "b")).rejects.toMatchObject({ code: "gone" });
      await expect(kit.edit((trx) => editNode(trx, root.id, { language: null }, AT))).rejects.toMatchObject({ code: "validation-failed" });
    });
  });

  describe("revisions", () => {
    test("rise with each edit of the page itself, and the parent's count of children changes with its children", async () => {
      const [a, b] = [await kit.page(root, "a"), await kit.page(root, "b")];
      expect(await revisions(root, a, b)).toEqual([
        [1, 3],
        [1, 1],
        [1, 1],
      ]);
      const x = await kit.page(a, "x");
      expect(await revisions(root, a, x)).toEqual([
        [1, 3],
        [1, 2],
        [1, 1],
      ]);
      await kit.edit((trx) => editNode(trx, x.id, { title: "New" }, AT));
      await kit.rename(x, "y");
      expect(await revisions(a, x)).toEqual([
        [1, 2],
        [3, 1],
      ]);
      await kit.move(x, b);
      expect(await revisions(a, b, x)).toEqual([
        [1, 3],
        [1, 2],
        [4, 1],
      ]);
      await kit.place(b, "first");
      expect(await revisions(root, b)).toEqual([
        [1, 4],
        [2, 2],
      ]);
      await kit.remove(x);
      expect(await revisions(b, x)).toEqual([
        [2, 3],
        [5, 1],
      ]);
      await kit.restore(x);
      expect(await revisions(b, x)).toEqual([
        [2, 4],
        [6, 1],
      ]);
    });
  });

  test("an edit that fails changes nothing", async () => {
    const a = await kit.page(root, "a", { title: "A" });
    const before = await kit.database.db.selectFrom("nodes").selectAll().where("trip_id", "=", root.tripId).orderBy("id").execute();
    await expect(
      kit.edit(async (trx) => {
        await editNode(trx, a.id, { slug: "b", title: "B" }, AT);
        await createNode(trx, { title: "X", slug: "b", parentId: root.id, contentHash: EMPTY }, AT);
      }),
    ).rejects.toMatchObject({ code: "slug-taken" });
    expect(await kit.database.db.selectFrom("nodes").selectAll().where("trip_id", "=", root.tripId).orderBy("id").execute()).toEqual(
      before,
    );
    expect(await kit.names(root)).toEqual([]);
  });
});

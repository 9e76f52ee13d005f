import { beforeEach, describe, expect, test } from "vitest";
import { editNode } from "../../src/trips/edits.ts";
import type { TripNode } from "../../src/trips/types.ts";
import { eachDatabase } from "../support/databases.ts";
import { AT, createEditKit, type EditKit } from "./edit-kit.ts";

eachDatabase((makeDatabase) => {
  let kit: EditKit;
  let root: TripNode;
  let trips = 0;

  beforeEach(async () => {
    kit ??= await createEditKit(await makeDatabase());
    trips += 1;
    root = await kit.trip(`trip-${trips}`);
  });

  describe("history", () => {
    test("is exactly one row for a rename, a move and a deletion, whatever lies below", async () => {
      const chapter = await kit.page(root, "chapter");
      const other = await kit.page(root, "other");
      for (let number = 0; number < 30; number += 1) await kit.page(await kit.page(chapter, `section-${number}`), "below");
      expect(await kit.names(root)).toEqual([]);
      await kit.rename(chapter, "renamed");
      expect(await kit.names(root)).toEqual([{ parent_id: root.id, segment: "chapter", node_id: chapter.id }]);
      await kit.move(chapter, other);
      expect((await kit.names(root)).slice(1)).toEqual([{ parent_id: root.id, segment: "renamed", node_id: chapter.id }]);
      await kit.remove(chapter);
      expect((await kit.names(root)).slice(2)).toEqual([{ parent_id: other.id, segment: "renamed", node_id: chapter.id }]);
      expect(await kit.at(root, "chapter/section-29/below")).toBe("gone");
    });

    test("is not written by other edits, nor by a rename to the same name", async () => {
      const node = await kit.page(root, "a");
      const neighbour = await kit.page(root, "b");
      await kit.edit((trx) => editNode(trx, node.id, { title: "New title", state: "draft", language: "de", direction: "ltr" }, AT));
      await kit.rename(node, "A");
      await kit.place(node, { after: neighbour.id });
      expect(await kit.names(root)).toEqual([]);
    });

    test("keeps each stay, so that a page that comes back is found by all that it ever held", async () => {
      const node = await kit.page(root, "a", { title: "Node" });
      const below = await kit.page(node, "x", { title: "Below" });
      await kit.rename(node, "b");
      await kit.rename(below, "y");
      await kit.rename(node, "a");
      expect([
        await kit.at(root, "a"),
        await kit.at(root, "b"),
        await kit.at(root, "a/x"),
        await kit.at(root, "b/x"),
        await kit.at(root, "a/y"),
        await kit.at(root, "b/y"),
      ]).toEqual(["Node", "Node*", "Below*", "Below*", "Below", "Below*"]);
    });

    test("leads to who stood there last, not to who answers to the same names", async () => {
      const first = await kit.page(root, "a");
      await kit.page(first, "x", { title: "Stood there" });
      const second = await kit.page(root, "c");
      const namesake = await kit.page(second, "x", { title: "Never stood there" });
      await kit.rename(first, "b");
      await kit.rename(namesake, "y");
      await kit.rename(second, "a");
      expect(await kit.at(root, "a/x")).toBe("Stood there*");
    });
  });

  describe("a name that another page retired", () => {
    test("is evaded by a slug made from a title, and taken by the author's own", async () => {
      const node = await kit.page(root, "intro", { title: "Old" });
      await kit.rename(node, "introduction");
      expect((await kit.titled(root, "Intro")).segment).toBe("intro-2");
      expect(await kit.at(root, "intro")).toBe("Old*");
      await kit.page(root, "intro", { title: "New" });
      expect(await kit.at(root, "intro")).toBe("New");
      expect(await kit.at(root, "introduction")).toBe("Old");
    });

    test("is evaded by a page that is moved in with a slug made from its title", async () => {
      const node = await kit.page(root, "intro", { title: "Old" });
      await kit.rename(node, "introduction");
      const elsewhere = await kit.page(root, "elsewhere");
      const [automatic, explicit] = [await kit.titled(elsewhere, "Intro"), await kit.page(elsewhere, "introduction")];
      expect((await kit.move(automatic, root)).segment).toBe("intro-2");
      expect(await kit.at(root, "intro")).toBe("Old*");
      await kit.rename(node, "preface");
      expect((await kit.move(explicit, root)).segment).toBe("introduction");
    });

    test("is free for the page itself", async () => {
      const node = await kit.titled(root, "Intro");
      await kit.rename(node, "other");
      expect((await kit.rename(node, null)).segment).toBe("intro");
    });
  });
});

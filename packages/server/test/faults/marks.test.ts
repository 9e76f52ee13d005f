import { expect, test } from "vitest";
import { listOf, markText, markTitle, readMarks } from "../../../../bench/faults/site/marks.ts";
import { renderLibrary } from "../../src/pages/library.ts";
import { renderNotFound } from "../../src/pages/not-found.ts";
import { renderPage } from "../../src/pages/page.ts";
import { pageModel } from "../pages/page-model.ts";

const link = (name: string, edit: number, href: string) => ({ title: markTitle(name, edit), href });

test("a page shows its place, its text, and every title that it names", () => {
  const html = renderPage(
    pageModel(
      {
        title: markTitle("atlas1", 4),
        tripTitle: markTitle("atlas0", 0),
        breadcrumbs: [link("atlas0", 0, "/atlas")],
        previous: null,
        next: link("atlas2", 9, "/atlas/next"),
        children: [
          { ...link("atlas5", 0, "/atlas/one/b"), descendants: 0 },
          { ...link("atlas4", 7, "/atlas/one/a"), descendants: 0 },
        ],
      },
      markText("atlas1", 5),
    ),
  );
  expect(readMarks("/atlas/one", 200, undefined, html).toSorted()).toEqual(
    [
      ["at:/atlas/one", "atlas1"],
      ["children:atlas1", "atlas4 atlas5"],
      ["text:atlas1", "x5"],
      ["title:atlas0", "t0"],
      ["title:atlas1", "t4"],
      ["title:atlas2", "t9"],
      ["title:atlas4", "t7"],
      ["title:atlas5", "t0"],
    ].toSorted(),
  );
});

test("a page that shows two versions of a title shows both", () => {
  const html = renderPage(pageModel({ title: markTitle("atlas1", 4), next: link("atlas1", 3, "/") }, markText("atlas1", 5)));
  const titles = readMarks("/atlas/one", 200, undefined, html).filter(([register]) => register === "title:atlas1");
  expect(titles.map(([, value]) => value).toSorted()).toEqual(["t3", "t4"]);
});

test("what is not there, no longer there, or elsewhere says so of its address", () => {
  const nearest = link("atlas1", 4, "/atlas/one");
  const html = renderNotFound({ path: "/atlas/one/x", nearest, suggestions: [], reason: "unknown" });
  expect(readMarks("/atlas/one/x", 404, undefined, html)).toEqual([
    ["at:/atlas/one/x", "none"],
    ["title:atlas1", "t4"],
  ]);
  expect(readMarks("/atlas/one/x", 410, undefined, "")).toEqual([["at:/atlas/one/x", "gone"]]);
  expect(readMarks("/atlas/old", 302, "/atlas/new", "")).toEqual([["at:/atlas/old", "to:/atlas/new"]]);
  expect(readMarks("/c/ABCD2345", 302, "/atlas/new", "")).toEqual([["card:ABCD2345", "to:/atlas/new"]]);
});

test("the library shows titles, and is nobody's page", () => {
  const trips = [{ title: markTitle("basel0", 3), href: "/basel", language: "en", direction: "ltr" as const, description: "" }];
  const html = renderLibrary({ canonicalUrl: "https://cards.example/", trips });
  expect(readMarks("/", 200, undefined, html)).toEqual([["title:basel0", "t3"]]);
});

test("children are a set: their order is not judged", () => {
  expect(listOf(["b2", "a1"])).toBe(listOf(["a1", "b2"]));
});

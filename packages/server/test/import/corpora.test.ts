import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import MarkdownIt from "markdown-it";
import footnote from "markdown-it-footnote";
import { describe, expect, it } from "vitest";
import { readPlan } from "../../src/import/read-plan.ts";
import { parseSummary, type SummaryEntry } from "../../src/import/readers/mdbook/summary.ts";
import { openSource } from "../../src/import/source-tree.ts";
import type { ImportPlan } from "../../src/trips/types.ts";
import { findCorpus } from "./fixtures.ts";

async function planOf(folder: string): Promise<ImportPlan> {
  const source = await openSource(folder);
  try {
    return await readPlan(source);
  } finally {
    await source.close();
  }
}

function locationsOf(entries: readonly SummaryEntry[]): string[] {
  return entries.flatMap(({ location, children }) => [location, ...locationsOf(children)]);
}

function count(plan: ImportPlan, kind: string): number {
  return plan.notes.filter((note) => note.kind === kind).length;
}

const markdown = new MarkdownIt({ html: true }).use(footnote);
markdown.normalizeLink = (address) => address;

/** Links and images that a renderer finds, that still name files of the source, and that no note speaks of. */
function unnoted(plan: ImportPlan): string[] {
  const messages = plan.notes.map(({ message }) => message).join("\n");
  const addresses = plan.nodes.flatMap(({ body }) =>
    markdown
      .parse(body, {})
      .flatMap(({ children }) => (children ?? []).map((token) => String(token.attrGet("href") ?? token.attrGet("src") ?? "#"))),
  );
  return addresses.filter(
    (address) => address !== null && !/^(?:[a-z]+:|#)/.test(address) && !messages.includes(`"${address}"`),
  ) as string[];
}

describe("The Rust Programming Language", () => {
  const folder = findCorpus("rust-book");
  it.skipIf(folder === undefined)("is imported whole: every entry a page, every include and link resolved or noted", async () => {
    const plan = await planOf(folder!);
    const listed = locationsOf(parseSummary(readFileSync(path.join(folder!, "src/SUMMARY.md"), "utf8")).entries);
    expect(plan.nodes.map(({ key }) => key)).toEqual(["", ...listed]);
    expect(plan.nodes).toHaveLength(112);
    expect(plan.assets.length).toBeGreaterThan(20);
    // The listings are not part of the corpus.
    expect(count(plan, "missing-include")).toBe(707);
    expect(plan.nodes.some(({ body }) => body.includes("{{#"))).toBe(false);
    expect(unnoted(plan)).toEqual([]);
    // Only references to the standard library's documentation, which is beside the book on its own site.
    expect(
      plan.notes.filter(
        ({ kind, message }) => kind === "unresolved-link" && !/\.\.\/(?:std|nomicon|unstable-book|reference)\//.test(message),
      ),
    ).toEqual([]);
    expect(count(plan, "redirect-ignored")).toBe(0);
    const macros = plan.nodes.find(({ key }) => key === "ch20-05-macros.md");
    expect(macros?.aliases).toEqual([["ch19-06-macros"], ["ch20-06-macros"], ["ch20-05-macros"]]);
  });
});

describe("Rust By Example", () => {
  const folder = findCorpus("rust-by-example");
  it.skipIf(folder === undefined)("is imported whole: four levels, every entry a page, every link resolved", async () => {
    const plan = await planOf(folder!);
    const listed = locationsOf(parseSummary(readFileSync(path.join(folder!, "src/SUMMARY.md"), "utf8")).entries);
    expect(plan.nodes.map(({ key }) => key)).toEqual(["", ...listed.filter((location) => location !== "index.md")]);
    expect(count(plan, "unresolved-link")).toBe(0);
    expect(unnoted(plan)).toEqual([]);
    expect(new Set(plan.notes.map(({ kind }) => kind))).toEqual(new Set(["preprocessor-ignored", "left-out"]));
  });
});

describe("the documentation in the fastify package", () => {
  it("is imported as a plain folder", async () => {
    const plan = await planOf(fileURLToPath(new URL("../../../../node_modules/fastify/docs", import.meta.url)));
    expect(plan.format).toBe("folder");
    expect(plan.nodes.length).toBeGreaterThan(35);
    expect(plan.nodes.find(({ key }) => key === "Guides/Getting-Started.md")).toMatchObject({
      parentKey: "Guides/Index.md",
      title: "Getting Started",
      slugSource: "Getting-Started",
    });
    expect(plan.assets.map(({ filename }) => filename)).toEqual(["encapsulation_context.svg"]);
    expect(unnoted(plan)).toEqual([]);
  });
});

describe("the CNCF glossary", () => {
  const folder = findCorpus("cncf-glossary/content");
  it.skipIf(folder === undefined)("is imported as a plain folder, in sixteen languages", async () => {
    const plan = await planOf(folder!);
    expect(plan.nodes).toHaveLength(956);
    expect(plan.nodes.filter(({ parentKey }) => parentKey === "")).toHaveLength(16);
    expect(plan.nodes.every(({ title }) => title !== "")).toBe(true);
    expect(unnoted(plan)).toEqual([]);
  });
});

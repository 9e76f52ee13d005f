/**
 * Replays the history of a real book's files as edits, and holds every path that the book ever had against what readers get.
 *
 * How files became pages, by what the data shows (see docs/decisions/0003-history-replay.md): folders are pages;
 * `README.md`, `index.md` and `input.md` are their folder's page, and so is `x.md` beside `x/`; `SUMMARY.md` is none.
 * A rename keeps the page; a file that is added where one was deleted brings that page back.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findCorpus } from "../import/fixtures.ts";
import { eachDatabase, type MakeDatabase } from "../support/databases.ts";
import { createEditKit } from "./edit-kit.ts";
import { FileHistory, findPagePath, type HistoryStep } from "./file-history.ts";
import { type PathCounts, PathLedger } from "./path-ledger.ts";

const corpus = findCorpus("rust-by-example.history.json");

describe("a real book's history", () => {
  eachDatabase((makeDatabase, kind) => {
    test.skipIf(corpus === undefined)("leaves no path dead that the book ever had", async () => {
      const { steps } = JSON.parse(readFileSync(corpus ?? "", "utf8")) as { steps: HistoryStep[] };
      expect(steps).toHaveLength(693);
      const reports = await replay(makeDatabase, steps, 100);
      console.log(`Rust by Example over ${kind}: paths that were ever live, and what they answer after so many of ${steps.length} steps`);
      console.table(reports);
      expect(reports.at(-1)).toMatchObject({ step: 693, ...sizesOf(steps) });
      for (const kindOfAnswer of ["found", "redirected", "gone"] as const) expect(reports.at(-1)?.[kindOfAnswer]).toBeGreaterThan(0);
    });
  });
});

describe("a small book's history, with all that happens to files", () => {
  const step = (change: Partial<HistoryStep>): HistoryStep => ({ added: [], deleted: [], renamed: [], edited: [], ...change });
  const steps = [
    step({ added: ["README.md", "SUMMARY.md", "arrays/input.md", "hello/input.md", "tools/index.md"] }),
    step({ edited: ["README.md", "hello/input.md", "SUMMARY.md"] }),
    // All is taken out, and comes back in another layout.
    step({ deleted: ["README.md", "arrays/input.md", "hello/input.md", "tools/index.md"] }),
    step({
      added: [
        "README.md",
        "hello.md",
        "hello/print.md",
        "hello/print/debug.md",
        "scope/borrowing/alias.md",
        "scope/borrowing/ref.md",
        "cast.md",
        "cast/literals.md",
      ],
    }),
    // A folder is renamed file by file, and so emptied.
    step({
      renamed: [
        ["scope/borrowing/alias.md", "scope/borrow/alias.md"],
        ["scope/borrowing/ref.md", "scope/borrow/ref.md"],
      ],
    }),
    // A page and its folder part; the new parent's own page comes in the same step.
    step({
      renamed: [
        ["cast/literals.md", "types/literals.md"],
        ["cast.md", "types/cast.md"],
      ],
      added: ["types.md"],
    }),
    // A page leaves its name to a new one, which has what the old one had.
    step({
      renamed: [
        ["hello/print/debug.md", "hello/output/debug.md"],
        ["hello/print.md", "hello/output.md"],
      ],
      added: ["hello/print.md", "hello/print/debug.md"],
    }),
    // A page is renamed without what its folder holds.
    step({ added: ["hello/output/format.md"] }),
    step({ renamed: [["hello/output.md", "hello/printing.md"]] }),
    // Two pages change places; one is renamed to where one is deleted.
    step({
      renamed: [
        ["scope/borrow/alias.md", "scope/borrow/ref.md"],
        ["scope/borrow/ref.md", "scope/borrow/alias.md"],
      ],
    }),
    step({ deleted: ["types/literals.md"], renamed: [["types/cast.md", "types/literals.md"]] }),
    // A page goes, its folder stays; it comes back.
    step({ deleted: ["hello.md"] }),
    step({ added: ["hello.md"], edited: ["types.md"] }),
    step({ deleted: ["hello/print/debug.md", "hello/print.md"], added: ["arrays.md"] }),
  ];

  eachDatabase((makeDatabase) => {
    test("leaves no path dead", async () => {
      const reports = await replay(makeDatabase, steps, 1);
      expect(reports).toHaveLength(steps.length);
      expect(reports.at(-1)).toEqual({ step: 14, ...sizesOf(steps), found: 13, redirected: 4, gone: 5 });
    });
  });
});

interface Report extends PathCounts {
  readonly step: number;
  /** Pages that live now, the trip's own among them. */
  readonly pages: number;
  readonly everLive: number;
}

/** Each step is one transaction; the answers are checked after each so-manieth step and at the end. */
async function replay(makeDatabase: MakeDatabase, steps: readonly HistoryStep[], checkEvery: number): Promise<Report[]> {
  const database = await makeDatabase();
  const kit = await createEditKit(database);
  const root = await kit.trip("book");
  const history = new FileHistory(root.id);
  const ledger = new PathLedger(database);
  ledger.watch(root.tripId);
  await ledger.record();
  const reports: Report[] = [];
  for (const [index, step] of steps.entries()) {
    await kit.edit((trx) => history.apply(trx, step));
    await ledger.record();
    const count = index + 1;
    if (count % checkEvery !== 0 && count !== steps.length) continue;
    expect((await kit.paths(root)).sort(), `after step ${count}`).toEqual(history.paths);
    reports.push({ step: count, pages: history.paths.length + 1, everLive: ledger.size, ...(await ledger.check()) });
  }
  return reports;
}

/** By the file names alone: how many pages there are at the end, and how many paths there were. */
function sizesOf(steps: readonly HistoryStep[]): { pages: number; everLive: number } {
  const files = new Set<string>();
  const ever = new Set<string>();
  let pages = new Set<string>();
  for (const { added, deleted, renamed } of steps) {
    for (const file of [...deleted, ...renamed.map(([from]) => from)]) files.delete(file);
    for (const file of [...added, ...renamed.map(([, to]) => to)]) files.add(file);
    pages = new Set([""]);
    for (const file of files) {
      const segments = (findPagePath(file) ?? "").split("/");
      for (let length = 1; length <= segments.length; length += 1) pages.add(segments.slice(0, length).join("/"));
    }
    for (const path of pages) ever.add(path);
  }
  return { pages: pages.size, everLive: ever.size };
}

import { describe, expect, it } from "vitest";
import { groupNotes } from "../../src/import/group-notes.ts";
import type { ImportNote } from "../../src/trips/types.ts";

const NOTES: ImportNote[] = [
  { kind: "title-source", file: "", message: "Titles: 3 from headings." },
  { kind: "unresolved-link", file: "a.md", line: 4, message: 'The link "x.md" leads to nothing in the source.' },
  ...Array.from(
    { length: 5 },
    (_, index): ImportNote => ({ kind: "missing-include", file: "b.md", line: index + 1, message: `"${index}.rs" is not in the source.` }),
  ),
  { kind: "unresolved-link", file: "c.md", message: 'The link "y.md" leads to nothing in the source.' },
];

describe("the notes of an import", () => {
  it("are grouped by kind, what matters most first, none lost", () => {
    const groups = groupNotes(NOTES);
    expect(groups.map(({ kind, notes }) => [kind, notes.length])).toEqual([
      ["missing-include", 5],
      ["unresolved-link", 2],
      ["title-source", 1],
    ]);
  });

  it("have a headline for readers", () => {
    expect(groupNotes(NOTES)[0]?.headline).toBe("Missing includes: readers see a placeholder");
  });

  it("are nothing when there are none", () => {
    expect(groupNotes([])).toEqual([]);
  });
});

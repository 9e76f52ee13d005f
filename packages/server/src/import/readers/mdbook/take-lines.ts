/** Which lines of a file a directive asks for, after mdBook's `file:2:10` and `file:anchor`. */
export type Selection =
  | { readonly kind: "all" }
  /** 0-based, `to` exclusive. */
  | { readonly kind: "lines"; readonly from: number; readonly to: number }
  | { readonly kind: "anchor"; readonly name: string };

const ANCHOR = /ANCHOR:\s*([\p{L}\p{N}_-]+)/u;
const ANCHOR_END = /ANCHOR_END:\s*([\p{L}\p{N}_-]+)/u;
/** An anchor in a comment of some language; in prose the word may be meant. */
const ANCHOR_COMMENT = /^\s*(?:\/\/|\/\*|#|--|<!--|;|%|").*ANCHOR(?:_END)?:\s*[\p{L}\p{N}_-]/u;

/** Reads what follows the first colon of a directive's path: `2`, `2:`, `:10`, `2:10`, or the name of an anchor. */
export function parseSelection(text: string | undefined): Selection {
  if (text === undefined || text === "" || text === ":") return { kind: "all" };
  const [first = "", second] = text.split(":", 2);
  if (first !== "" && !/^\d+$/.test(first)) return { kind: "anchor", name: first };
  const from = Math.max(Number(first || 1) - 1, 0);
  if (second === undefined) return { kind: "lines", from, to: from + 1 };
  return { kind: "lines", from, to: /^\d+$/.test(second) ? Number(second) : Number.POSITIVE_INFINITY };
}

/** The selected lines, without the lines that mark anchors; undefined when nothing was there to select. */
export function takeLines(text: string, selection: Selection): string[] | undefined {
  const lines = linesOf(text, selection, "first");
  const chosen = lines.filter((line) => line.isChosen).map((line) => line.text);
  return chosen.length === 0 && selection.kind !== "all" ? undefined : chosen;
}

/**
 * As `takeLines`, with the other lines too, behind `# `: rustdoc's mark for lines that belong to an example and are not shown.
 */
export function takeRustdocLines(text: string, selection: Selection): string[] | undefined {
  const lines = linesOf(text, selection, "every");
  if (selection.kind !== "all" && !lines.some((line) => line.isChosen)) return undefined;
  return lines.map((line) => (line.isChosen ? line.text : `# ${line.text}`.trimEnd()));
}

/** @param regions an anchor may open again: mdBook's `include` takes the first region, its `rustdoc_include` every one */
function linesOf(text: string, selection: Selection, regions: "first" | "every"): { readonly text: string; readonly isChosen: boolean }[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (selection.kind === "anchor") return anchoredLines(lines, selection.name, regions);
  const from = selection.kind === "all" ? 0 : selection.from;
  const to = selection.kind === "all" ? lines.length : selection.to;
  return lines
    .map((line, index) => ({ text: line, isChosen: index >= from && index < to }))
    .filter((line) => !ANCHOR_COMMENT.test(line.text));
}

function anchoredLines(lines: readonly string[], name: string, regions: "first" | "every"): { text: string; isChosen: boolean }[] {
  const result: { text: string; isChosen: boolean }[] = [];
  let state: "before" | "inside" | "after" = "before";
  for (const text of lines) {
    const end = ANCHOR_END.exec(text)?.[1];
    const start = ANCHOR.exec(text)?.[1];
    if (start === name && (state === "before" || regions === "every")) state = "inside";
    if (end === name && state === "inside") state = "after";
    if (start === undefined && end === undefined) result.push({ text, isChosen: state === "inside" });
  }
  return result;
}

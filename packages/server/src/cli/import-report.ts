import { formatPath } from "../paths/parse-target.ts";
import type { Services } from "../services.ts";
import type { SyncSummary } from "../trips/apply-plan.ts";
import { getTrip } from "../trips/repository.ts";
import type { ImportNote } from "../trips/types.ts";
import type { Imported, RestoredCounts } from "./import-source.ts";
import { count, formatColumns, paint, printable, wrap } from "./text.ts";

/** What an import did, or would do: with `--json` exactly this. */
export interface ImportReport extends Omit<Imported, "slug"> {
  readonly dryRun: boolean;
  readonly path: string;
  readonly url: string;
}

/** So many notes and changes are printed; `--json` has them all. */
const MOST_LINES = 20;

export async function describeImport(
  { database, config }: Services,
  { slug: wanted, ...imported }: Imported,
  dryRun: boolean,
): Promise<ImportReport> {
  // The wanted slug may be another trip's.
  const slug = imported.tripId === null ? wanted : (await getTrip(database.db, imported.tripId)).slug;
  const path = formatPath([slug]);
  return { dryRun, ...imported, path, url: config.publicUrl + path };
}

export function formatImport(report: ImportReport): string {
  const { title, url, summary, restored, notes } = report;
  const parts = [`${formatDone(report)} "${printable(title)}"\n  ${paint("cyan", url)}`];
  if (restored !== null) parts.push(formatRestored(restored));
  if (summary !== null) {
    parts.push(formatCounts(report, summary));
    const changes = formatColumns(summary.changes.map(formatChange), "  ").split("\n");
    if (summary.changes.length > 0) parts.push(formatList("Pages that changed their place", changes));
  }
  const remarks = [...notes.map(formatNote), ...(summary?.collisions ?? []).map(formatCollision)];
  if (remarks.length > 0) parts.push(formatList("Worth a look", remarks));
  return parts.join("\n\n");
}

function formatDone({ dryRun, summary, restored, pages }: ImportReport): string {
  if (dryRun) return paint("yellow", "Dry run, nothing was changed:");
  if (restored !== null) return paint("green", "Restored");
  return paint("green", summary?.created === pages ? "Imported" : "Brought in line");
}

function formatRestored({ pages, formerPlaces, cards, assets }: RestoredCounts): string {
  const counts = [
    count(pages, "page"),
    count(formerPlaces, "former address", "former addresses"),
    count(cards, "card"),
    count(assets, "image"),
  ];
  return `  As it was when it was exported: ${counts.join(", ")}`;
}

function formatCounts({ format, pages }: ImportReport, summary: SyncSummary): string {
  const { created, updated, renamed, moved, restored, deleted, unchanged, kept, assets, aliases } = summary;
  const counts: readonly (readonly [number, string])[] = [
    [created, "new"],
    [updated, "changed"],
    [renamed, "renamed"],
    [moved, "moved"],
    [restored, "restored"],
    [deleted, "deleted"],
    [unchanged, "unchanged"],
    [kept, "made by hand, kept"],
  ];
  const shown = counts.filter(([number]) => number > 0).map(([number, what]) => `${number.toLocaleString("en")} ${what}`);
  const beside = [count(assets, "image"), ...(aliases > 0 ? [count(aliases, "former address", "former addresses")] : [])];
  return `  ${count(pages, "page")} (${format}): ${shown.join(", ")}\n  ${beside.join(", ")}`;
}

function formatChange({ kind, title, from, to }: SyncSummary["changes"][number]): string[] {
  const place = from === to || to === null ? (from ?? "") : `${from} ${paint("dim", "→")} ${to}`;
  return [paint(kind === "deleted" ? "red" : "yellow", kind), place || printable(title)];
}

function formatNote({ kind, file, line, message }: ImportNote): string {
  const where = file === "" ? "" : `${file}${line === undefined ? "" : `:${line}`}`;
  return `  ${paint("yellow", kind)}${where === "" ? "" : ` ${paint("dim", printable(where))}`}\n    ${wrap(printable(message), 4)}`;
}

function formatCollision({ key, wanted, got }: SyncSummary["collisions"][number]): string {
  return `  ${paint("yellow", "slug-taken")} ${paint("dim", printable(key))}\n    "${wanted}" belongs to a sibling; this page is "${got}".`;
}

/** The first of many, and how many more there are. */
function formatList(title: string, entries: readonly string[]): string {
  const rest = entries.length > MOST_LINES ? [`  and ${entries.length - MOST_LINES} more: --json lists all`] : [];
  return [paint("bold", title), ...entries.slice(0, MOST_LINES), ...rest].join("\n");
}

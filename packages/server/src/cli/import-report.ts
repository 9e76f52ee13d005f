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

/** So many changes, and notes of one kind, are printed; `--json` has them all. */
const MOST_CHANGES = 20;
const MOST_NOTES = 5;

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
    if (summary.changes.length > 0) parts.push(`${paint("bold", "Pages that changed their place")}\n${shorten(changes, MOST_CHANGES)}`);
  }
  const remarks = [...notes, ...(summary?.collisions ?? []).map(noteCollision)];
  if (remarks.length > 0) parts.push(`${paint("bold", "Worth a look")}\n${formatNotes(remarks)}`);
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

type Remark = Pick<ImportNote, "file" | "line" | "message"> & { readonly kind: string };

function noteCollision({ key, wanted, got }: SyncSummary["collisions"][number]): Remark {
  return { kind: "slug-taken", file: key, message: `"${wanted}" belongs to a sibling; this page is "${got}".` };
}

/** By kind: a book may lack the same thing a thousand times. */
function formatNotes(remarks: readonly Remark[]): string {
  const kinds = [...Map.groupBy(remarks, ({ kind }) => kind)];
  return kinds
    .map(
      ([kind, ofKind]) =>
        `  ${paint("yellow", kind)} ${paint("dim", `× ${ofKind.length}`)}\n${shorten(ofKind.map(formatNote), MOST_NOTES)}`,
    )
    .join("\n");
}

function formatNote({ file, line, message }: Remark): string {
  const where = line === undefined ? file : `${file}:${line}`;
  const place = file === "" ? "" : `    ${printable(where)}\n`;
  return `${place}      ${wrap(printable(message), 6)}`;
}

function shorten(entries: readonly string[], most: number): string {
  const rest = entries.length > most ? [`    and ${(entries.length - most).toLocaleString("en")} more: --json lists all`] : [];
  return [...entries.slice(0, most), ...rest].join("\n");
}

import type { Registers } from "../history/records.ts";
import { findMark, listOf } from "./marks.ts";
import type { Query } from "./site-database.ts";

interface Row {
  readonly id: string;
  readonly parentId: string | null;
  readonly segment: string | null;
  readonly slug: string;
  readonly title: string;
  readonly body: string;
}

/** What the database itself says of all pages, read from its tables: titles, texts, places, children. */
export async function readRegisters(query: Query): Promise<Registers> {
  const rows = (await query(`
    select n.id, n.parent_id as "parentId", n.segment, t.slug, n.title, c.body
    from nodes n join contents c on c.hash = n.content_hash join trips t on t.id = n.trip_id`)) as unknown as Row[];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const nameOf = (row: Row) => /\(([a-z]+\d+) /.exec(row.title)![1]!;
  const pathOf = (row: Row): string => (row.parentId === null ? `/${row.slug}` : `${pathOf(byId.get(row.parentId)!)}/${row.segment}`);
  // A deleted page has no segment.
  const living = rows.filter(({ segment }) => segment !== null);
  return Object.fromEntries([
    ...rows.flatMap((row) => [
      [`title:${nameOf(row)}`, findMark(row.title)],
      [`text:${nameOf(row)}`, findMark(row.body)],
    ]),
    ...living.map((row) => [`at:${pathOf(row)}`, nameOf(row)]),
    ...living.map((row) => [`children:${nameOf(row)}`, listOf(living.filter(({ parentId }) => parentId === row.id).map(nameOf))]),
  ]) as Registers;
}

import type { Body, Edit, Fault, HistoryRecord, Read, Shown } from "../../../../bench/faults/history/records.ts";

/** A run of half a minute, in ms: two processes, one trip, two pages. What is added happens in it. */
export function smallHistory(...events: readonly HistoryRecord[]): HistoryRecord[] {
  return [
    {
      is: "begin",
      setup: "by hand",
      seed: 1,
      startedAt: "2026-11-25T00:00:00.000Z",
      leaseMs: 2_000,
      alone: ["one", "two"],
      registers: { "at:/atlas/rome": "rome", "title:rome": "t0", "text:rome": "x0", "title:oslo": "t0" },
      trips: { "at:/atlas/rome": "atlas", "at:/atlas/lima": "atlas", "title:rome": "atlas", "text:rome": "atlas", "title:oslo": "atlas" },
    },
    ...Object.values(BODIES),
    ...events,
  ];
}

const body = (id: number, ...shows: readonly Shown[]): Body => ({ is: "body", id, shows });
const rome = (id: number, text: string, oslo: string): Body =>
  body(id, ["at:/atlas/rome", "rome"], ["title:rome", "t0"], ["text:rome", text], ["title:oslo", oslo]);

export const BODIES = {
  before: rome(1, "x0", "t0"),
  after: rome(2, "x1", "t0"),
  /** The text of edit 1 with the neighbour's title of edit 2. */
  both: rome(3, "x1", "t2"),
  /** The neighbour's title of edit 2 with the text that edit 1 had replaced before. */
  torn: rome(4, "x0", "t2"),
  gone: body(5, ["at:/atlas/rome", "gone"]),
  noLima: body(6, ["at:/atlas/lima", "none"]),
  lima: body(7, ["at:/atlas/lima", "lima"]),
} satisfies Record<string, Body>;

let connections = 1_000;

/** Ten ms long, over a connection of its own, from the first process. */
export function read(start: number, shows: keyof typeof BODIES, more: Partial<Read> = {}): Read {
  const status = shows === "gone" ? 410 : shows === "noLima" ? 404 : 200;
  connections += 1;
  const url = /lima/i.test(shows) ? "/atlas/lima" : "/atlas/rome";
  return {
    is: "read",
    start,
    end: start + 10,
    url,
    operation: "page",
    machine: "one",
    connection: connections,
    status,
    body: BODIES[shows].id,
    ...more,
  };
}

/** Ten ms long. Acknowledged everywhere, unless it says otherwise. */
export function edit(start: number, position: number, sets: Record<string, string>, more: Partial<Edit> = {}): Edit {
  const known = { operation: "text", by: "api", trip: "atlas", acknowledged: true, machine: "one" } as const;
  return { is: "edit", id: position, sets, start, end: start + 10, position, ...known, ...more };
}

export function fault(begin: number, end: number, strikes: Fault["strikes"], more: Partial<Fault> = {}): Fault {
  return { is: "fault", kind: strikes, strikes, target: "all", begin, end, ...more };
}

export function end(registers: Record<string, string> = {}): HistoryRecord {
  return { is: "end", at: 30_000, registers };
}

import type { LoadTicket, Reading } from "./authority.ts";

/** A change, or a head whose own change is not told. */
interface Row {
  readonly seq: number;
  readonly stamp: string;
  readonly tag?: string;
}

class Ticket implements LoadTicket {
  readonly generation: number;
  readonly seq: number;
  /** The row of its beginning, counted from the first row ever. */
  readonly start: number;

  constructor(generation: number, seq: number, start: number) {
    this.generation = generation;
    this.seq = seq;
    this.start = start;
  }
}

/**
 * The part of the polled history that loads in progress need: for each, the head when it began and all rows polled since.
 * It answers whether a snapshot lies on the history that was polled, and whether a tag has changed since the load began,
 * also one that nobody has heard of before and that only the result names. That is why a load takes its ticket before any
 * I/O: what is polled during the I/O must find a place to be remembered.
 */
export class History {
  /** Oldest first; empty while no load is in progress. */
  #rows: Row[] = [];
  /** How many rows were dropped off the front since the beginning. */
  #dropped = 0;
  /** In the order of their beginnings. */
  readonly #tickets = new Set<Ticket>();

  /** @param head the newest row polled, if any was */
  open(generation: number, head: Row | undefined): LoadTicket {
    if (this.#tickets.size === 0 && head !== undefined) this.#rows.push(head);
    const ticket = new Ticket(generation, head?.seq ?? 0, this.#dropped + Math.max(0, this.#rows.length - 1));
    this.#tickets.add(ticket);
    return ticket;
  }

  close(ticket: LoadTicket): void {
    this.#tickets.delete(ticket as Ticket);
    const [oldest] = this.#tickets;
    this.#drop(oldest === undefined ? this.#rows.length : oldest.start - this.#dropped);
  }

  /** Remembers a polled row while anybody needs it. */
  add(row: Row): void {
    const newest = this.#rows.at(-1);
    if (this.#tickets.size > 0 && !(newest?.seq === row.seq && newest.stamp === row.stamp)) this.#rows.push(row);
  }

  /** The history broke: no row from before is part of it any more. */
  restart(): void {
    this.#drop(this.#rows.length);
  }

  /** Whether a snapshot with this head was polled since the load began. An older one would mean that time ran backwards. */
  contains(ticket: LoadTicket, head: Reading["head"]): boolean {
    return this.#since(ticket).some((row) => row.seq === head.seq && row.stamp === head.stamp);
  }

  /** The newest change of this tag polled since the load began, or -1. */
  newestOf(ticket: LoadTicket, tag: string): number {
    return this.#since(ticket).findLast((row) => row.tag === tag)?.seq ?? -1;
  }

  #since(ticket: LoadTicket): readonly Row[] {
    return this.#rows.slice(Math.max(0, (ticket as Ticket).start - this.#dropped));
  }

  #drop(count: number): void {
    if (count <= 0) return;
    this.#rows.splice(0, count);
    this.#dropped += count;
  }
}

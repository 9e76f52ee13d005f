import type { Edit, Registers } from "../history/records.ts";
import type { Span } from "./span.ts";

export interface CommittedEdit extends Edit {
  readonly position: number;
}

interface Held {
  readonly from: number;
  readonly value: string;
}

/** Which register held what, from which edit to which. Pure. */
export class Timeline {
  /** By position. */
  readonly edits: readonly CommittedEdit[];
  readonly #held = new Map<string, Held[]>();
  readonly #byPosition: ReadonlyMap<number, CommittedEdit>;
  readonly #trips: Map<string, string>;

  constructor(registers: Registers, trips: Registers, edits: readonly Edit[]) {
    this.edits = edits
      .filter((edit) => edit.position !== null)
      .toSorted((one, other) => one.position! - other.position!) as CommittedEdit[];
    this.#byPosition = new Map(this.edits.map((edit) => [edit.position, edit]));
    this.#trips = new Map(Object.entries(trips));
    for (const [register, value] of Object.entries(registers)) this.#held.set(register, [{ from: Number.NEGATIVE_INFINITY, value }]);
    for (const { position, trip, sets } of this.edits) {
      for (const [register, value] of Object.entries(sets)) {
        if (!this.#trips.has(register)) this.#trips.set(register, trip);
        const held = this.#held.get(register);
        if (held === undefined)
          this.#held.set(register, [
            { from: Number.NEGATIVE_INFINITY, value: unnamed(register) },
            { from: position, value },
          ]);
        else if (held.at(-1)!.value !== value) held.push({ from: position, value });
      }
    }
  }

  /** When the register held the value: never, once, or several times. */
  spansOf(register: string, value: string): Span[] {
    const held = this.#held.get(register);
    if (held === undefined) return value === unnamed(register) ? [{ from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }] : [];
    return held.flatMap(({ from, value: was }, index) =>
      was === value ? [{ from, until: held[index + 1]?.from ?? Number.POSITIVE_INFINITY }] : [],
    );
  }

  /** Where the trip of a register is not known, it is of all trips: an address under which nobody ever was. */
  tripOf(register: string): string | undefined {
    return this.#trips.get(register);
  }

  editAt(position: number): CommittedEdit | undefined {
    return this.#byPosition.get(position);
  }

  /** What the register holds after all edits. */
  last(register: string): string {
    return this.#held.get(register)?.at(-1)?.value ?? unnamed(register);
  }
}

/** What a register holds that nobody has set. */
function unnamed(register: string): string {
  return register.startsWith("at:") || register.startsWith("card:") ? "none" : "unset";
}

import { createHash } from "node:crypto";
import type { Begin, Edit, End, Fault, HistoryRecord, Read, Shown } from "./records.ts";

/** An edit while it is not yet known what the database has of it. */
export type OpenEdit = Omit<Edit, "is" | "position">;

/** Writes down what happens, in memory: a run of an hour takes some 300 MB. */
export class Recorder {
  /** For progress. */
  reads = 0;
  readonly edits: OpenEdit[] = [];
  readonly #records: HistoryRecord[] = [];
  readonly #bodies = new Map<string, number>();
  #lastEdit = 0;

  /** The harness's own clock, monotonic, to 10 us. */
  now(): number {
    return Math.round(performance.now() * 100) / 100;
  }

  begin(begin: Omit<Begin, "is" | "startedAt">): void {
    this.#records.unshift({ is: "begin", startedAt: new Date().toISOString(), ...begin });
  }

  /** The number under which an edit's marks go. */
  nextEdit(): number {
    this.#lastEdit += 1;
    return this.#lastEdit;
  }

  /** The number of what an answer showed: read once for all answers of the same bytes. */
  body(key: string, bytes: Buffer, showing: () => readonly Shown[]): number {
    const hash = `${key} ${createHash("sha1").update(bytes).digest("base64")}`;
    let id = this.#bodies.get(hash);
    if (id === undefined) {
      id = this.#bodies.size + 1;
      this.#bodies.set(hash, id);
      this.#records.push({ is: "body", id, shows: showing() });
    }
    return id;
  }

  read(read: Omit<Read, "is">): void {
    this.reads += 1;
    this.#records.push({ is: "read", ...read });
  }

  probe(start: number, end: number): void {
    this.#records.push({ is: "probe", start, end });
  }

  edit(edit: OpenEdit): void {
    this.edits.push(edit);
  }

  fault(fault: Omit<Fault, "is">): void {
    this.#records.push({ is: "fault", ...fault });
  }

  /** @param words the last ones that it said */
  machine(machine: string, event: "born" | "died", words = ""): void {
    this.#records.push({ is: "machine", machine, event, at: this.now(), words });
  }

  /** @param positionOf what the database says of an edit at the end */
  end(positionOf: (edit: OpenEdit) => number | null, registers: End["registers"]): HistoryRecord[] {
    const edits = this.edits.map((edit): Edit => ({ is: "edit", ...edit, position: positionOf(edit) }));
    return [...this.#records, ...edits, { is: "end", at: this.now(), registers }];
  }
}

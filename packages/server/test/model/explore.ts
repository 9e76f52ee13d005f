import { Fingerprints } from "./fingerprints.ts";

/** One thing that can happen in a state. */
export interface Step<S> {
  /** Who does what: a line of a counterexample. */
  says(): string;
  /** Changes the state, a copy. @returns what is wrong with that, if it breaks a promise */
  run(state: S): string | undefined;
}

/** What a model checker must know of a model. */
export interface Model<S> {
  readonly initial: S;
  copy(state: S): S;
  /** All that can happen, always in the same order. */
  steps(state: S): readonly Step<S>[];
  /** Brings states that differ only in names into one form. What `says` calls things by must come along. */
  canonical(state: S): S;
  write(out: number[], state: S): void;
  read(text: string): S;
}

export interface Limits {
  /** Stop when so many states were seen. */
  readonly maxStates: number;
}

export interface Exploration {
  readonly states: number;
  /** Steps from the beginning to the farthest state. */
  readonly depth: number;
  /** Whether nothing is left to see: without a violation a proof within the bounds. */
  readonly exhausted: boolean;
  readonly violation?: Violation;
}

export interface Violation {
  readonly what: string;
  /** The shortest way there, a line a step. */
  readonly steps: readonly string[];
}

/** Breadth first, so the first violation found is one of the shortest. Deterministic. */
export function explore<S>(model: Model<S>, { maxStates }: Limits): Exploration {
  const seen = new Fingerprints();
  const trail = new Trail();
  const written: number[] = [];
  let next: string[] = [];

  function visit(state: S, from: number, by: number): void {
    written.length = 0;
    model.write(written, state);
    if (!seen.add(written)) return;
    trail.add(from, by);
    next.push(String.fromCharCode(...written));
  }

  visit(model.canonical(model.copy(model.initial)), 0, 0);
  let depth = 0;
  let number = 0;
  while (next.length > 0) {
    const states = next;
    next = [];
    for (const text of states) {
      const state = model.read(text);
      const steps = model.steps(state);
      for (const [by, step] of steps.entries()) {
        const copy = model.copy(state);
        const what = step.run(copy);
        if (what !== undefined)
          return {
            states: seen.size,
            depth: depth + 1,
            exhausted: false,
            violation: { what, steps: tell(model, [...trail.to(number), by]) },
          };
        visit(model.canonical(copy), number, by);
      }
      number++;
      if (seen.size >= maxStates) return { states: seen.size, depth, exhausted: false };
    }
    if (next.length > 0) depth++;
  }
  return { states: seen.size, depth, exhausted: true };
}

/** From which state, by which of its steps, each state was first reached. The states are numbered in the order in which they were seen. */
class Trail {
  #from = new Uint32Array(1 << 12);
  #by = new Uint16Array(1 << 12);
  #size = 0;

  add(from: number, by: number): void {
    if (this.#size === this.#from.length) {
      const [oldFrom, oldBy] = [this.#from, this.#by];
      this.#from = new Uint32Array(this.#size * 2);
      this.#from.set(oldFrom);
      this.#by = new Uint16Array(this.#size * 2);
      this.#by.set(oldBy);
    }
    this.#from[this.#size] = from;
    this.#by[this.#size++] = by;
  }

  to(number: number): number[] {
    const steps: number[] = [];
    for (let at = number; at > 0; at = this.#from[at]!) steps.push(this.#by[at]!);
    return steps.reverse();
  }
}

function tell<S>(model: Model<S>, way: readonly number[]): string[] {
  let state = model.canonical(model.copy(model.initial));
  return way.map((by) => {
    const step = model.steps(state)[by]!;
    const line = step.says();
    state = model.copy(state);
    step.run(state);
    state = model.canonical(state);
    return line;
  });
}

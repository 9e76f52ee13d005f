import type { Step } from "./explore.ts";
import type { Setting } from "./setting.ts";
import type { Budget, State, Worker } from "./state.ts";
import { type Broken, judgeHeld } from "./truth.ts";

const NAMES = ["A", "B", "C"];

/** Collects what can happen in a state. After each step everything that a reader could be served is judged. */
export class StepList {
  readonly state: State;
  readonly setting: Setting;
  readonly steps: Step<State>[] = [];

  constructor(state: State, setting: Setting) {
    this.state = state;
    this.setting = setting;
  }

  /** @param run changes the copy that it is given */
  add(says: () => string, run: (state: State) => void): void {
    this.#push(says, (state) => void run(state));
  }

  /** As `add`, as long as it may still happen. */
  spend(from: keyof Budget, says: () => string, run: (state: State) => void): void {
    if (this.state.left[from] === 0) return;
    this.add(says, (state) => {
      state.left[from]--;
      run(state);
    });
  }

  /** As `add`, for what a worker does. */
  by(number: number, says: () => string, run: (state: State, worker: Worker) => void): void {
    this.serveBy(number, says, (state, worker) => void run(state, worker));
  }

  /** As `by`, for what may serve the reader who is watched. `run` tells what is wrong with that. */
  serveBy(number: number, says: () => string, run: (state: State, worker: Worker) => Broken | undefined): void {
    this.#push(
      () => `${nameOf(this.state, number)} ${says()}`,
      (state) => run(state, state.workers[number]!),
    );
  }

  #push(says: () => string, run: (state: State) => Broken | undefined): void {
    const { setting } = this;
    this.steps.push({ says, run: (state) => run(state) ?? judgeHeld(state, setting) });
  }
}

export function nameOf({ workers }: State, number: number): string {
  return NAMES[workers[number]?.name ?? NAMES.length] ?? "a command";
}

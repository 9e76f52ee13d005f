import type { Stage } from "./stage.ts";

/** What happens on a stage. It resolves if the cache keeps its promise, and fails with what was seen if not. */
export type Script = (stage: Stage) => Promise<void>;

/** One promise of a cache, a row of the scoreboard, and what shows it: by name, what happens in each case. */
export interface Behaviour {
  readonly title: string;
  readonly scripts: Readonly<Record<string, Script>>;
}

/** Behaviours that belong together. */
export interface Theme {
  readonly heading: string;
  readonly behaviours: readonly Behaviour[];
}

/** A behaviour that is shown by one script, or by several. */
export function behaviour(title: string, scripts: Script | Readonly<Record<string, Script>>): Behaviour {
  return { title, scripts: typeof scripts === "function" ? { "": scripts } : scripts };
}

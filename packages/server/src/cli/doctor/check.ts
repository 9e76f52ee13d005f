/** One line of the doctor's report. */
export interface Check {
  readonly name: string;
  readonly verdict: "ok" | "warn" | "fail";
  /** What was found. */
  readonly found: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly help?: string;
}

export function ok(name: string, found: string): Check {
  return { name, verdict: "ok", found };
}

export function warn(name: string, found: string, help: string): Check {
  return { name, verdict: "warn", found, help };
}

export function fail(name: string, found: string, help: string): Check {
  return { name, verdict: "fail", found, help };
}

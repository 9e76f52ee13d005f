// The program that runs the cases of one adapter: a process of its own, as some caches write to the terminal, leave rejections
// to nobody, or never let go of a connection.
import { AssertionError } from "node:assert/strict";
import { NotOffered, wholeCacheContract } from "@qrcards/cache/testing";
import { adaptersOf, ENTRANTS } from "./entrants.ts";
import type { CaseResult } from "./results.ts";

/** Most of a case is waiting. */
const AT_ONCE = 6;

const [name, configuration, ...numbers] = process.argv.slice(2);
const wanted = new Set(numbers.map(Number));
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});

const entrant = ENTRANTS.find((each) => each.name === name);
const adapter = (entrant === undefined ? [] : await adaptersOf(entrant)).find((each) => each.configuration === configuration);
if (adapter === undefined) throw new Error(`There is no adapter of ${name} in a configuration "${configuration}".`);

const waiting = wholeCacheContract({ adapter })
  .flatMap(({ cases }) => cases)
  .map((each, index) => ({ number: index + 1, run: each.run }))
  .filter(({ number }) => wanted.has(number));

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { number, run } = next;
    const result: CaseResult = await run().then(
      () => ({ number, outcome: "kept" as const }),
      (error: unknown) => ({ number, ...judge(error) }),
    );
    process.send?.(result);
  }
}

function judge(error: unknown): Omit<CaseResult, "number"> {
  if (error instanceof NotOffered) return { outcome: "not offered", seen: error.message };
  if (error instanceof AssertionError) return { outcome: "broken", seen: error.message };
  return { outcome: "broken", seen: `a call failed with "${String(error).split("\n")[0]}"` };
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
// What a cache left open does not keep the scoreboard waiting.
process.exit();

import type { Command } from "commander";
import type { Explanation, Outcome, Step } from "../operations/explain-address.ts";
import type { HeldStructure } from "../operations/explain-tiers.ts";
import type { Place } from "../operations/recording-snapshot.ts";
import type { Services } from "../services.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { count, paint, printable, wrap } from "./text.ts";
import { withServices } from "./with-services.ts";

export function addResolveCommand(program: Command): void {
  const command = program
    .command("resolve")
    .argument("<url>", "an address: a URL, a path, or what a card carries")
    .summary("explain where an address leads, and what finding that costs")
    .description(
      "Follow an address as the server does and show each step: how it was read, which trip it names, how the walk through the tree went, past names included, and what the answer is. Times and statements are those of a first look; a server that runs has trip and structure in memory, and tells by GET /api/explain what it holds. A card's scan is not counted. The exit code is 3 when the answer is 404 or 410.",
    )
    .action(async (address: string, _options: unknown, command: Command) => {
      const { explainWithTiers } = await import("../operations/explain-tiers.ts");
      let statements = 0;
      const explain = async (services: Services) => {
        const { structure, ...found } = await explainWithTiers({ services, pages: undefined, statementCount: () => statements }, address);
        // Of the tiers only Redis is there before a command begins.
        const { target, steps, outcome, version } = found;
        const redis = services.secondTier === undefined || structure === null ? null : { key: structure.key, holds: structure.redis };
        return { target, steps, outcome, version, redis };
      };
      const explanation = await withServices(explain, {
        onStatement: () => {
          statements += 1;
        },
      });
      outputOf(command).print(explanation, formatExplanation(explanation));
      process.exitCode = exitCodeFor(explanation.outcome);
    });
  examples(command, [
    ["resolve /my-book/old-name/page", "why an old address still works"],
    ["resolve HTTPS://CARDS.EXAMPLE.ORG/C/4Q7RZ2MK", "where a card leads"],
  ]);
}

function exitCodeFor({ status }: Outcome): number {
  if (status === 404 || status === 410) return EXIT_CODES.notFound.code;
  return status === 400 || status === 414 ? EXIT_CODES.failed.code : EXIT_CODES.done.code;
}

const STEP_NAMES: Readonly<Record<Step["step"], string>> = {
  target: "Address",
  card: "Card",
  slug: "Trip",
  structure: "Structure",
  walk: "Walk",
};
const NAME_WIDTH = 11;
const INDENT = " ".repeat(NAME_WIDTH);

/** What Redis holds of the trip's structure. */
interface InRedis {
  readonly key: string;
  readonly holds: HeldStructure["redis"];
}

function formatExplanation({ target, steps, outcome, version, redis }: Explanation & { readonly redis: InRedis | null }): string {
  const lines = [paint("bold", target), ""];
  for (const { step, ms, statements = 0, text, places = [] } of steps) {
    lines.push(paint("bold", STEP_NAMES[step].padEnd(NAME_WIDTH)) + wrap(printable(text), NAME_WIDTH));
    for (const place of places) lines.push(...formatPlace(place));
    lines.push(paint("dim", `${INDENT}${ms.toFixed(2)} ms${statements > 0 ? `, ${count(statements, "statement")}` : ""}`));
  }
  const total = steps.reduce((sum, step) => sum + step.ms, 0);
  const statements = steps.reduce((sum, step) => sum + (step.statements ?? 0), 0);
  if (steps.length > 0) lines.push("");
  lines.push(paint("bold", "Answer".padEnd(NAME_WIDTH)) + formatStatus(outcome), INDENT + wrap(printable(outcome.reason), NAME_WIDTH));
  if (steps.length > 1)
    lines.push(paint("dim", `${INDENT}${total.toFixed(2)} ms and ${count(statements, "statement")} in all, with nothing in memory`));
  if (redis !== null) lines.push("", paint("bold", "Redis".padEnd(NAME_WIDTH)) + wrap(describeRedis(redis, version), NAME_WIDTH));
  return lines.join("\n");
}

function describeRedis({ key, holds }: InRedis, version: number | null): string {
  if (holds === null) return `does not hold ${key}, or does not answer`;
  const state = holds.version === version ? "the trip's own" : `the trip is at ${version}, so it is not believed`;
  return `${key}: version ${holds.version} (${state}), ${Math.ceil(holds.sizeBytes / 1024)} KiB`;
}

function formatPlace({ segment, below, pages }: Place): string[] {
  const [first] = pages;
  const mark = first === undefined ? paint("red", "✗") : first.is === "living" ? paint("green", "✓") : paint("yellow", "↷");
  const lines = [`${INDENT}${mark} ${segment}  ${paint("dim", `below "${printable(below)}"`)}`];
  if (first === undefined) lines.push(`${INDENT}    no page is or was here`);
  for (const { id, title, is } of pages) {
    const what = is === "living" ? "" : is === "past" ? "was here, and moved on: " : "deleted: ";
    lines.push(`${INDENT}    ${what}"${printable(title)}" ${paint("dim", id)}`);
  }
  return lines;
}

function formatStatus({ status, location }: Outcome): string {
  if (status === null) return "not a trip's address";
  const colour = status === 200 ? "green" : status < 400 ? "yellow" : "red";
  return paint(colour, String(status)) + (location === null ? "" : ` to ${paint("cyan", location)}`);
}

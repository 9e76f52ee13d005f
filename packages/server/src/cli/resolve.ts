import type { Command } from "commander";
import { EXIT_CODES } from "./exit-codes.ts";
import type { Explanation, Outcome, Step } from "./explain-address.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import type { Place } from "./recording-snapshot.ts";
import { count, paint, printable, wrap } from "./text.ts";
import { withServices } from "./with-services.ts";

export function addResolveCommand(program: Command): void {
  const command = program
    .command("resolve")
    .argument("<url>", "an address: a URL, a path, or what a card carries")
    .summary("explain where an address leads, and what finding that costs")
    .description(
      "Follow an address as the server does and show each step: how it was read, which trip it names, how the walk through the tree went, past names included, and what the answer is. Times and statements are those of a first look; a server that runs has trip and structure in memory. A card's scan is not counted. The exit code is 3 when the answer is 404 or 410.",
    )
    .action(async (address: string, _options: unknown, command: Command) => {
      const { explainAddress } = await import("./explain-address.ts");
      let statements = 0;
      const explanation = await withServices((services) => explainAddress(services, address, () => statements), {
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

function formatExplanation({ target, steps, outcome }: Explanation): string {
  const lines = [paint("bold", target), ""];
  for (const { step, ms, statements, text, places = [] } of steps) {
    lines.push(paint("bold", STEP_NAMES[step].padEnd(NAME_WIDTH)) + wrap(printable(text), NAME_WIDTH));
    for (const place of places) lines.push(...formatPlace(place));
    lines.push(paint("dim", `${INDENT}${ms.toFixed(2)} ms${statements > 0 ? `, ${count(statements, "statement")}` : ""}`));
  }
  const total = steps.reduce((sum, step) => sum + step.ms, 0);
  const statements = steps.reduce((sum, step) => sum + step.statements, 0);
  if (steps.length > 0) lines.push("");
  lines.push(paint("bold", "Answer".padEnd(NAME_WIDTH)) + formatStatus(outcome), INDENT + wrap(printable(outcome.reason), NAME_WIDTH));
  if (steps.length > 1)
    lines.push(paint("dim", `${INDENT}${total.toFixed(2)} ms and ${count(statements, "statement")} in all, with nothing in memory`));
  return lines.join("\n");
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

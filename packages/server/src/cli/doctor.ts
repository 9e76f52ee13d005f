import type { Command } from "commander";
import type { Config } from "../config.ts";
import { QRCardsError } from "../errors.ts";
import { type Check, fail, ok } from "./doctor/check.ts";
import { checkDataFolder, checkNode, checkPort, checkPublicUrl, exists } from "./doctor/check-environment.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { displayWidth, paint, printable, wrap } from "./text.ts";
import { withServices } from "./with-services.ts";

export function addDoctorCommand(program: Command): void {
  const command = program
    .command("doctor")
    .summary("look for what is wrong, and say what to do")
    .description(
      "Look at this installation from outside, also while a server runs: Node, settings, disk, database, schema, trips and cards. Nothing is changed. The exit code is 1 when something is broken; warnings do not count.",
    )
    .action(async (_options: unknown, command: Command) => {
      const checks = await examine();
      const broken = checks.filter(({ verdict }) => verdict === "fail").length;
      outputOf(command).print({ ok: broken === 0, checks }, formatChecks(checks));
      if (broken > 0) process.exitCode = EXIT_CODES.failed.code;
    });
  examples(command, [["doctor --json | jq '.checks[] | select(.verdict != \"ok\")'", "only what is not right"]]);
}

async function examine(): Promise<Check[]> {
  const node = checkNode();
  const { parseConfig } = await import("../config.ts");
  let config: Config;
  try {
    config = parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof QRCardsError)) throw error;
    return [node, fail("Settings", error.message, error.help)];
  }
  return [node, ok("Settings", "understood"), ...(await examineData(config)), checkPublicUrl(config), await checkPort(config)];
}

async function examineData({ databaseUrl }: Config): Promise<Check[]> {
  const filename = databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : undefined;
  const checks: Check[] = filename === undefined ? [] : [await checkDataFolder(filename)];
  // Looking must not make one.
  if (filename !== undefined && !(await exists(filename)))
    return [...checks, ok("Database", `${filename} is not there yet; the first start makes it`)];
  const { checkDatabase } = await import("./doctor/check-database.ts");
  const database = await checkDatabase(databaseUrl);
  checks.push(...database.checks);
  if (database.isReadable && checks.every(({ verdict }) => verdict !== "fail")) {
    const { checkCards } = await import("./doctor/check-cards.ts");
    checks.push(...(await withServices(checkCards)));
  }
  return checks;
}

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => displayWidth(name)));
  const lines = checks.flatMap(({ name, verdict, found, help }) => {
    const indent = width + 8;
    const line = `${paint(COLOURS[verdict], verdict.padEnd(4))}  ${name.padEnd(width)}  ${wrap(printable(found), indent)}`;
    return help === undefined ? [line] : [line, " ".repeat(indent) + paint("dim", wrap(help, indent))];
  });
  const counted = (verdict: Check["verdict"]) => checks.filter((check) => check.verdict === verdict).length;
  return [...lines, "", `${counted("ok")} ok, ${counted("warn")} to look at, ${counted("fail")} broken`].join("\n");
}

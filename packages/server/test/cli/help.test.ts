import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { EXIT_CODES, exitCodeOf } from "../../src/cli/exit-codes.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { ERRORS, type ErrorCode } from "../../src/errors.ts";
import { useCli } from "./run-cli.ts";

const cli = useCli();
const REFERENCE = readFileSync(new URL("../../../../docs/cli.md", import.meta.url), "utf8");

function leaves(command: Command, line = command.name()): (readonly [line: string, command: Command])[] {
  const below = command.commands.filter((child) => child.name() !== "help");
  return below.length === 0 ? [[line, command]] : below.flatMap((child) => leaves(child, `${line} ${child.name()}`));
}

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (part) => (help += part), getOutHasColors: () => false, getOutHelpWidth: () => 80 }).outputHelp();
  return help;
}

describe("help", () => {
  const commands = leaves(buildProgram());

  test.each(commands)("%s says what it does, with an example, within 80 columns", (line, command) => {
    const help = helpOf(command);
    expect(command.description()).toMatch(/\.$/);
    expect(help).toContain("Examples:");
    expect(help).toContain(`  ${line}`);
    expect(help.split("\n").filter((text) => text.length > 80)).toEqual([]);
  });

  test.each(commands)("docs/cli.md has %s with all its arguments and options", (line, command) => {
    const [, section] = new RegExp(`^### \`${line}\\b([^]*?)(?=^##|$(?![^]))`, "m").exec(REFERENCE) ?? [];
    expect(section, `a section "### \`${line} ...\`"`).toBeDefined();
    for (const { long } of command.options) expect(section).toContain(`\`${long}`);
  });

  test("without a command the help comes, as an error of usage", async () => {
    const [bare, group] = await Promise.all([cli.run([]), cli.run(["trips"])]);
    expect(bare).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: qrcards") });
    expect(group).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: qrcards trips") });
  });

  test("--help and --version are no errors", async () => {
    const [help, version] = await Promise.all([cli.run(["--help"]), cli.run(["--version"])]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const { code, meaning } of Object.values(EXIT_CODES)) expect(help.stdout).toContain(`${code}  ${meaning}`);
    const { version: current } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(version).toMatchObject({ code: 0, stdout: `${current}\n`, stderr: "" });
  });
});

describe("usage", () => {
  test.each([
    [["trips", "lst"], "Unknown command 'lst'. Did you mean list?"],
    [["trips", "list", "--jso"], "Unknown option '--jso'. Did you mean --json?"],
    [["trips", "state", "book", "secret"], "Allowed choices are draft, unlisted, public."],
    [["import"], "Missing required argument 'path'"],
    [["trips", "list", "twice"], "Too many arguments"],
    [["trips", "edit", "book"], "Nothing to change"],
    [["trips", "move", "book/a", "--first", "--before", "book/b"], "cannot be used with"],
    [["token", "create", "--name", "x", "--scope", "everything"], "There is no scope"],
    [["trips", "edit", "x", "--title", "y", "--revision", "0"], "whole number"],
  ])("%j is refused with what to do", async (args, message) => {
    const { code, stdout, stderr } = await cli.runInside(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.replace(/\s+/g, " ")).toContain(message);
    expect(stderr).toContain("--help");
  });

  test("with --json an error is the one document", async () => {
    const result = await cli.run(["--json", "trips", "lst"]);
    expect(result).toMatchObject({ code: 2, stderr: "" });
    expect(result.json).toEqual({
      code: "usage",
      message: "Unknown command 'lst'. Did you mean list?",
      help: "Run `qrcards trips --help` to see what it takes.",
    });
  });

  test("wrong settings are named, all at once", async () => {
    const { code, json } = await cli.run(["trips", "list", "--json"], { env: { PORT: "many", DATABASE_URL: "mysql://x" } });
    expect(code).toBe(2);
    expect(json).toMatchObject({ code: "config-invalid", message: expect.stringMatching(/PORT.*DATABASE_URL/s) });
  });
});

describe("exit codes", () => {
  const documented = new Set<number>(Object.values(EXIT_CODES).map(({ code }) => code));

  test.each(Object.keys(ERRORS) as ErrorCode[])("%s has a documented one, and never 0", (code) => {
    expect(documented).toContain(exitCodeOf(code));
    expect(exitCodeOf(code)).not.toBe(0);
  });

  test.each(Object.values(EXIT_CODES))("docs/cli.md explains $code", ({ code, meaning }) => {
    expect(REFERENCE).toContain(`| ${code} | ${meaning} |`);
  });
});

describe("colours", () => {
  const ESCAPE = "\u001B[";

  test("none in a pipe, some when forced, none with NO_COLOR", async () => {
    const [pipe, forced, none] = await Promise.all([
      cli.run(["--help"]),
      cli.run(["--help"], { env: { FORCE_COLOR: "1" } }),
      cli.run(["trips", "lst"], { env: { NO_COLOR: "1" } }),
    ]);
    expect(pipe.stdout).not.toContain(ESCAPE);
    expect(forced.stdout).toContain(ESCAPE);
    expect(none.stderr).not.toContain(ESCAPE);
  });
});

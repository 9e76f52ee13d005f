import { type Command, InvalidArgumentError, Option } from "commander";
import type { Token } from "../admin/tokens.ts";
import { SCOPES, type Scope } from "../contract/scopes.ts";
import { examples, section } from "./help.ts";
import { outputOf } from "./output.ts";
import { formatColumns, paint, printable } from "./text.ts";
import { withServices } from "./with-services.ts";

const NEVER = Number.POSITIVE_INFINITY;
const DAY_MS = 86_400_000;
const UNIT_MS = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS, y: 365 * DAY_MS } as const;

export function addTokenCommand(program: Command): void {
  const token = program
    .command("token")
    .helpCommand(false)
    .summary("make, list and revoke API tokens")
    .description("Make, list and revoke the tokens that open the API (/api).");
  addCreate(token);
  addList(token);
  addRevoke(token);
  examples(token, [["token create --name deploy --scope read,edit", "shown once"]]);
}

interface CreateOptions {
  readonly name: string;
  readonly scope: readonly Scope[];
  /** From now; infinite for never. */
  readonly expires: number;
}

function addCreate(token: Command): void {
  const command = token
    .command("create")
    .summary("a new token, shown once")
    .description("Make a token and show it, this once: only a hash of it is stored.")
    .requiredOption("--name <name>", "for you to know it by")
    .addOption(new Option("--scope <scopes>", "what it may do, separated by commas").argParser(parseScopes).makeOptionMandatory())
    .addOption(
      new Option("--expires <when>", "after 12h, 30d, 8w or 1y; at 2027-12-31; or never")
        .argParser(parseExpiry)
        .default(365 * DAY_MS, "1y"),
    )
    .action(async ({ name, scope, expires }: CreateOptions, command: Command) => {
      const { createToken } = await import("../admin/tokens.ts");
      const { text, token } = await withServices(({ database }) =>
        createToken(database.db, { name, scopes: scope, expiresInMs: expires === NEVER ? null : expires }),
      );
      const output = outputOf(command);
      output.print({ token: text, ...token }, output.json ? "" : text);
      output.note(
        `Shown this once. Send it as \`Authorization: Bearer ...\`; ${token.expiresAt === null ? "it never expires" : `it expires on ${day(token.expiresAt)}`}.`,
      );
      output.note(`\`qrcards token revoke ${token.id}\` ends it at once.`);
    });
  section(command, "Scopes:", [
    ["read", "see everything, drafts and deleted pages too"],
    ["edit", "create, change, move, merge, delete and restore"],
    ["publish", "make pages public or unlisted; needs edit besides"],
    ["operate", "watch and flush the caches"],
    ["admin", "all of these"],
  ]);
  examples(command, [
    ["token create --name deploy --scope read,edit,publish", "for a year"],
    ["token create --name backup --scope read --expires never", "for ever"],
  ]);
}

function parseScopes(text: string): Scope[] {
  const words = text.split(",").map((word) => word.trim());
  const unknown = words.filter((word) => !(SCOPES as readonly string[]).includes(word));
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no scope "${unknown.join(", ")}"; there are ${SCOPES.join(", ")}.`);
  return words as Scope[];
}

function parseExpiry(text: string): number {
  if (text === "never") return NEVER;
  const [, number, unit] = /^([1-9]\d{0,4})([hdwy])$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) - Date.now() : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError("It must be a time from now (30d), a date (2027-12-31) or never.");
  if (ms <= 0) throw new InvalidArgumentError("That is in the past.");
  return ms;
}

function addList(token: Command): void {
  const command = token
    .command("list")
    .summary("all tokens")
    .description("List all tokens, also those that are over. The tokens themselves are not known here.")
    .action(async (_options: unknown, command: Command) => {
      const { listTokens } = await import("../admin/tokens.ts");
      const tokens = await withServices(({ database }) => listTokens(database.db));
      const rows = tokens.map((token) => [token.id, printable(token.name), token.scopes.join(","), formatState(token), formatUse(token)]);
      outputOf(command).print(tokens, rows.length > 0 ? formatColumns(rows) : "There are no tokens yet. `qrcards token create` makes one.");
    });
  examples(command, [["token list --json", "for scripts"]]);
}

function formatState({ revokedAt, expiresAt }: Token): string {
  if (revokedAt !== null) return paint("red", `revoked ${day(revokedAt)}`);
  if (expiresAt === null) return "never expires";
  return expiresAt.getTime() <= Date.now() ? paint("red", `expired ${day(expiresAt)}`) : `until ${day(expiresAt)}`;
}

function formatUse({ lastUsedAt }: Token): string {
  return paint("dim", lastUsedAt === null ? "never used" : `used ${day(lastUsedAt)}`);
}

function addRevoke(token: Command): void {
  const command = token
    .command("revoke")
    .argument("<id>", "the token's id, as `token list` shows it")
    .summary("end a token")
    .description("End a token at once and for ever.")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { revokeToken } = await import("../admin/tokens.ts");
      const token = await withServices(({ database }) => revokeToken(database.db, id));
      outputOf(command).print(token, `${paint("green", "Revoked")} "${printable(token.name)}": no server takes it any more.`);
    });
  examples(command, [["token revoke 3f8k2m9qw0xz", "at the next request already"]]);
}

function day(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

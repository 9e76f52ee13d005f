/**
 * What a two-tier cache should do, and what BentoCache, cacheable, cache-manager, async-cache-dedupe, layered-loader and ours do.
 *
 *     npm run bench -- scoreboard                               everybody, everything: some five minutes
 *     npm run bench -- scoreboard --list                        the behaviours, and the numbers of their cases
 *     npm run bench -- scoreboard --only cacheable              one library; "cacheable:default" one of its configurations
 *     npm run bench -- scoreboard --case 17                     one case; or all whose names contain a text
 *
 * The suite is the one that our own cache is tested with, `wholeCacheContract` of `@qrcards/cache/testing`: black box, a real
 * Redis for each case, a network of its own for each node. Each library takes part as its documentation begins and as its
 * documentation advises; the adapters say from where. What a library offers by another name is used. A case that needs what a
 * library does not have counts as not offered. A case that fails while the machine stands still is repeated, and says so if that
 * did not help: promises in milliseconds want a machine that has nothing else to do.
 *
 * Expected before it first ran: that nobody but us keeps an old value out of Redis that a slow load writes back, answers while
 * Redis hangs, or repairs a lost subscription; that BentoCache comes second.
 */
import { parseArgs } from "node:util";
import type { CacheAdapter } from "@qrcards/cache/testing";
import { ENTRANTS, OURS } from "./scoreboard/entrants.ts";
import { installPeers } from "./scoreboard/install-peers.ts";
import { printFailures, printLegend, printTable } from "./scoreboard/print-scoreboard.ts";
import { type NumberedCase, outcomeOf, rowsOf, runEntrant } from "./scoreboard/results.ts";

/** So many libraries at the same time: their cases mostly wait. */
const AT_ONCE = 2;

const { values } = parseArgs({ options: { only: { type: "string" }, case: { type: "string" }, list: { type: "boolean" } } });
const [onlyName, onlyConfiguration] = values.only?.split(":") ?? [];
const rows = rowsOf(isWantedCase);

const entrants = ENTRANTS.filter(({ name }) => onlyName === undefined || name === onlyName);

if (entrants.length === 0) refuse(`There is no library "${onlyName}": ${ENTRANTS.map(({ name }) => name).join(", ")}.`);
else if (rows.length === 0) refuse(`There is no case "${values.case}": see --list.`);
else if (values.list) list();
else await compare();

function refuse(why: string): void {
  console.error(why);
  process.exitCode = 2;
}

async function compare(): Promise<void> {
  if (entrants.some((entrant) => entrant !== OURS)) installPeers();

  const columnsOf = new Map<string, Awaited<ReturnType<typeof runEntrant>>>();
  const waiting = [...entrants];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      columnsOf.set(next.name, await runEntrant(next, rows, isWantedAdapter, report));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const columns = entrants.flatMap(({ name }) => columnsOf.get(name) ?? []);
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  printLegend(columns);
  printTable(rows, columns);
  printFailures(rows, columns);
  const own = columns.filter(({ entrant }) => entrant === OURS);
  if (own.some((column) => rows.some((row) => outcomeOf(row, column) !== "kept"))) process.exitCode = 1;
}

function list(): void {
  for (const { heading, title, cases } of rows) {
    console.log(`${heading}: ${title}`);
    for (const { number, name } of cases) console.log(`  ${String(number).padStart(3)}  ${name}`);
  }
}

function isWantedCase({ number, name }: NumberedCase): boolean {
  const wish = values.case;
  return wish === undefined || (/^\d+$/.test(wish) ? number === Number(wish) : name.includes(wish));
}

function isWantedAdapter({ configuration }: CacheAdapter): boolean {
  return onlyConfiguration === undefined || configuration === onlyConfiguration;
}

/** One line that is written over, where somebody watches. */
function report({ name, configuration }: CacheAdapter, done: number): void {
  const all = rows.reduce((sum, { cases }) => sum + cases.length, 0);
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name}, ${configuration}: ${done} of ${all} cases`);
}

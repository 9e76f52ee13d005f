// The reference of @qrcards/cache in docs/cache-api: `npm run docs` writes it, `npm run check` holds it against the docstrings.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readDoors } from "./api-reference/read-doors.mjs";
import { pageName, writePage } from "./api-reference/write-page.mjs";
import { ROOT } from "./launcher/npm.mjs";

const FOLDER = join(ROOT, "docs", "cache-api");

/** Two tests: everything that is offered is described, and the reference is what the docstrings say. @type {import("./steps.mjs").Step} */
export const referenceStep = {
  name: "reference",
  what: "API reference of the cache",
  run: async () => {
    const doors = readDoors();
    const silent = listUndescribed(doors).map((name) => `${name} has no docstring`);
    const old = comparePages(writePages(doors));
    if (old.length > 0) old.push("Run `npm run docs`, and commit what it writes.");
    const failures = [silent, old].filter((problems) => problems.length > 0).map((problems) => problems.join("\n"));
    return { passed: 2 - failures.length, failed: failures.length, skipped: 0, failures };
  },
};

/** @param {import("./api-reference/read-doors.mjs").Door[]} doors */
export function listUndescribed(doors) {
  return doors.flatMap(({ specifier, items }) =>
    items.filter(({ docs, exported }) => exported && docs === "").map(({ name }) => `${name} of ${specifier}`),
  );
}

/** @param {import("./api-reference/read-doors.mjs").Door[]} doors @returns {Map<string, string>} the text of each page by its name */
function writePages(doors) {
  return new Map(doors.map((door) => [pageName(door), writePage(door, doors)]));
}

/** @param {Map<string, string>} pages @returns {string[]} what is not as it should be */
function comparePages(pages) {
  const present = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
  const names = new Set([...pages.keys(), ...present]);
  return [...names]
    .filter((name) => !present.includes(name) || readFileSync(join(FOLDER, name), "utf8") !== pages.get(name))
    .map((name) => `docs/cache-api/${name} is not what the docstrings say`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  for (const [name, text] of writePages(readDoors())) writeFileSync(join(FOLDER, name), text);
}

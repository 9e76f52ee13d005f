import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { listDoors } from "./pack-cache.mjs";

/**
 * Whether all that the package speaks of is in it: what its doors lead to, and for each built file its types, and the maps
 * from both to a source that is there. Node would only notice at the import, and a debugger never.
 *
 * @param {import("./pack-cache.mjs").Packed} packed
 * @returns {string[]} what is wrong
 */
export function checkFiles({ folder, manifest }) {
  const papers = ["README.md", "LICENSE"].filter((file) => !existsSync(join(folder, file))).map((file) => `${file} is not in the package`);
  const doors = listDoors(manifest).flatMap(([path, door]) =>
    Object.entries(door)
      .filter(([, target]) => !existsSync(join(folder, target)))
      .map(([condition, target]) => `the door "${path}" leads under "${condition}" to ${target}, which is not in the package`),
  );
  const built = readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  if (built.length === 0) return ["dist/ has no file"];
  return [
    ...papers,
    ...doors,
    ...built.map((file) => join(folder, "dist", file.slice(0, -".js".length))).flatMap((stem) => checkBuiltFile(folder, stem)),
  ];
}

/** @param {string} folder @param {string} stem the path of a built file without its ending */
function checkBuiltFile(folder, stem) {
  return [".js", ".d.ts"].flatMap((ending) => {
    const [file, map] = [`${stem}${ending}`, `${stem}${ending}.map`];
    const missing = [file, map].filter((path) => !existsSync(path));
    const sources = existsSync(map) ? readSources(map).filter((source) => !existsSync(source)) : [];
    return [
      ...missing.map((path) => `${relative(folder, path)} is not in the package`),
      ...sources.map((source) => `${relative(folder, map)} maps to ${relative(folder, source)}, which is not in the package`),
    ];
  });
}

/** @param {string} map @returns {string[]} */
function readSources(map) {
  return JSON.parse(readFileSync(map, "utf8")).sources.map((/** @type {string} */ source) => join(dirname(map), source));
}

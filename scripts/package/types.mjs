import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../launcher/npm.mjs";
import { listDoors } from "./pack-cache.mjs";

/**
 * Compiles a stranger's strict project against the declarations, which has no client installed and does not skip what it
 * cannot resolve in them.
 *
 * @param {import("./pack-cache.mjs").Packed} packed
 * @returns {string[]} what is wrong
 */
export function checkTypes({ app, manifest }) {
  const doors = listDoors(manifest).filter(([path]) => path !== "./redis");
  const lines = doors.map(([path], index) => `export * as door${index} from "${manifest.name}${path.slice(1)}";`);
  writeFileSync(join(app, "app.mts"), lines.join("\n"));
  const options = ["--module", "nodenext", "--target", "es2023", "--noEmit", "--strict", "--exactOptionalPropertyTypes"];
  const nodeTypes = ["--typeRoots", join(ROOT, "node_modules", "@types"), "--types", "node"];
  const { status, stdout } = spawnSync("tsc", [...options, ...nodeTypes, "app.mts"], { cwd: app, encoding: "utf8" });
  return status === 0 ? [] : [stdout];
}

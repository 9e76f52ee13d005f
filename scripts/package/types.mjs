import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../launcher/npm.mjs";
import { listDoors } from "./pack-cache.mjs";

const WRONG_USE = join(ROOT, "packages", "cache", "test", "types", "wrong-use.ts");

/**
 * Compiles a stranger's strict project against the declarations, which has no client installed and does not skip what it
 * cannot resolve in them. In it is all that must not compile.
 *
 * @param {import("./pack-cache.mjs").Packed} packed
 * @returns {string[]} what is wrong
 */
export function checkTypes({ app, manifest }) {
  const lines = listDoors(manifest).map(([path], index) => `export * as door${index} from "${manifest.name}${path.slice(1)}";`);
  writeFileSync(join(app, "app.mts"), lines.join("\n"));
  copyFileSync(WRONG_USE, join(app, "wrong-use.mts"));
  const options = ["--module", "nodenext", "--target", "es2023", "--noEmit", "--strict", "--exactOptionalPropertyTypes"];
  const nodeTypes = ["--typeRoots", join(ROOT, "node_modules", "@types"), "--types", "node"];
  const { status, stdout } = spawnSync("tsc", [...options, ...nodeTypes, "app.mts", "wrong-use.mts"], { cwd: app, encoding: "utf8" });
  return status === 0 ? [] : [stdout];
}

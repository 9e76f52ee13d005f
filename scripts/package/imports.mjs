import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { listDoors } from "./pack-cache.mjs";

/** What a door may import besides Node's own modules. Every other door: nothing. @type {Record<string, string[]>} */
const CLIENTS = { "./redis": ["@redis/client"] };

/**
 * Walks the built files that each door leads to, all the way down.
 *
 * @param {import("./pack-cache.mjs").Packed} packed
 * @returns {Promise<string[]>} what is wrong
 */
export async function checkImports({ folder, manifest }) {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const problems = await Promise.all(
    listDoors(manifest).map(async ([path, door]) => {
      const allowed = CLIENTS[path] ?? [];
      return (await listForeignImports(join(folder, door.default)))
        .filter(({ name }) => !(allowed.includes(name) && declared.includes(name)))
        .map(({ file, name }) =>
          allowed.includes(name)
            ? `${file} imports ${name}, which package.json does not declare`
            : `${file} imports ${name}, and everybody who imports "${path}" would have to install it: put it behind a door of its own`,
        );
    }),
  );
  return problems.flat();
}

/**
 * All imports that leave the package and are not Node's own, also those of files that are imported in vain.
 *
 * @param {string} entry
 * @returns {Promise<{ file: string, name: string }[]>}
 */
export async function listForeignImports(entry) {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    ignoreAnnotations: true,
    metafile: true,
    packages: "external",
    platform: "node",
    write: false,
  });
  return Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ path, external }) => external && !isBuiltin(path)).map(({ path }) => ({ file, name: path })),
  );
}

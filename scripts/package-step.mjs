import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { checkSizes } from "./package/bundle-size.mjs";
import { checkFiles } from "./package/files.mjs";
import { checkImports } from "./package/imports.mjs";
import { withPackedCache } from "./package/pack-cache.mjs";
import { checkTypes } from "./package/types.mjs";

/** @typedef {import("./package/pack-cache.mjs").Packed} Packed */

/** Each is one test. @type {[what: string, check: (packed: Packed) => string[] | Promise<string[]>][]} */
const CHECKS = [
  ["all that the package speaks of is in it", checkFiles],
  ["publint finds nothing", checkByPublint],
  ["no door imports what its users may not have", checkImports],
  ["a strict project compiles against its types", checkTypes],
  ["an import costs no more than its budget", checkSizes],
];

/** The cache as it is published: packed, and installed where nothing else is. @type {import("./steps.mjs").Step} */
export const packageStep = {
  name: "package",
  what: "@qrcards/cache as a package",
  run: () =>
    withPackedCache(async (packed) => {
      const failures = [];
      for (const [what, check] of CHECKS) {
        const problems = await check(packed);
        console.log(`${problems.length === 0 ? "ok" : "failed"}: ${what}`);
        if (problems.length > 0) failures.push([what, ...problems].join("\n"));
      }
      return { passed: CHECKS.length - failures.length, failed: failures.length, skipped: 0, failures };
    }),
};

/** @param {Packed} packed */
async function checkByPublint({ folder }) {
  // What lies in the folder is the package already. A suggestion counts as well: there is none that we do not follow.
  const { messages, pkg } = await publint({ pkgDir: folder, pack: false });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

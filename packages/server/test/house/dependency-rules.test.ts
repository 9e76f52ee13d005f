import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import { describe, expect, test } from "vitest";

const { forbidden, options } = createRequire(import.meta.url)("../../../../.dependency-cruiser.cjs");

const SERVER = "packages/server/src";
const CACHE = "packages/cache/src";

/** A folder of files that import one another; the packages are there, empty. Returns the names of the rules that fire. */
async function firedBy(imports: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "qrcards-arrows-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  try {
    for (const name of ["kysely", "markdown-it", "@qrcards/cache"]) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
      write(`node_modules/${name}/index.js`, "");
    }
    write(
      "packages/server/package.json",
      JSON.stringify({ name: "qrcards", dependencies: { kysely: "1.0.0", "@qrcards/cache": "1.0.0" } }),
    );
    for (const [path, statements] of Object.entries(imports)) write(path, [...statements, "export const here = true;"].join("\n"));
    const folders = [...new Set(Object.keys(imports).map((path) => path.split("/")[0] as string))];
    const { output } = await cruise(
      folders,
      { ...options, validate: true, ruleSet: { forbidden }, baseDir: root },
      options.enhancedResolveOptions,
    );
    return [...new Set((output as ICruiseResult).summary.violations.map((violation) => violation.rule.name))].sort();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe("the rules of who may import whom", () => {
  test("arrows that point down the house are free", async () => {
    const fired = await firedBy({
      [`${SERVER}/errors.ts`]: [],
      [`${SERVER}/paths/resolve.ts`]: ['import type { here } from "../trips/service.ts";'],
      [`${SERVER}/db/database.ts`]: ['import "kysely";', 'import "../errors.ts";'],
      [`${SERVER}/trips/service.ts`]: ['import "../paths/resolve.ts";', 'import "../db/database.ts";', 'import "@qrcards/cache";'],
      [`${SERVER}/delivery/page.ts`]: ['import "../trips/service.ts";'],
      [`${SERVER}/cli/main.ts`]: ['import "../app.ts";'],
      [`${SERVER}/app.ts`]: ['import "./delivery/page.ts";'],
      "packages/server/test/any.test.ts": ['import "../src/cli/main.ts";'],
    });
    expect(fired).toEqual([]);
  });

  test.each([
    ["a room reaches up", "pages-stays-in-its-arrows", `${SERVER}/pages/a.ts`, "../delivery/b.ts", `${SERVER}/delivery/b.ts`],
    ["the hot path goes around the service", "delivery-stays-in-its-arrows", `${SERVER}/delivery/a.ts`, "../db/b.ts", `${SERVER}/db/b.ts`],
    ["an admin route goes around the service", "admin-stays-in-its-arrows", `${SERVER}/admin/a.ts`, "../db/b.ts", `${SERVER}/db/b.ts`],
    ["a room reads the configuration itself", "trips-stays-in-its-arrows", `${SERVER}/trips/a.ts`, "../config.ts", `${SERVER}/config.ts`],
    ["paths/ is not pure", "paths-is-pure", `${SERVER}/paths/a.ts`, "../errors.ts", `${SERVER}/errors.ts`],
    ["contract/ is not pure", "contract-is-pure", `${SERVER}/contract/a.ts`, "../trips/b.ts", `${SERVER}/trips/b.ts`],
    ["the judge of an entry is not pure", "entry-is-pure", `${CACHE}/entry.ts`, "./clock.ts", `${CACHE}/clock.ts`],
    ["the single-flight is not pure", "flight-is-pure", `${CACHE}/flight.ts`, "./clock.ts", `${CACHE}/clock.ts`],
    ["the cache learns of the product", "cache-knows-no-product", `${CACHE}/a.ts`, "../../server/src/errors.ts", `${SERVER}/errors.ts`],
    ["the cache is entered by the window", "cache-by-name-only", `${SERVER}/trips/a.ts`, "../../../cache/src/read.ts", `${CACHE}/read.ts`],
    [
      "the browser sees the server",
      "web-sees-the-contract-only",
      "packages/web/src/a.ts",
      "../../server/src/trips/b.ts",
      `${SERVER}/trips/b.ts`,
    ],
    ["a room imports the command line", "nothing-imports-the-entrance", `${SERVER}/trips/a.ts`, "../cli/b.ts", `${SERVER}/cli/b.ts`],
    ["a room imports a benchmark", "nothing-imports-the-entrance", `${SERVER}/trips/a.ts`, "../../../../bench/b.ts", "bench/b.ts"],
    ["an import leads nowhere", "no-broken-import", `${SERVER}/trips/a.ts`, "./nowhere.ts", `${SERVER}/trips/b.ts`],
  ])("when %s, %s fires", async (_title, rule, from, specifier, to) => {
    expect(await firedBy({ [from]: [`import "${specifier}";`], [to]: [] })).toEqual([rule]);
  });

  test("a type of the server is too much for the browser's side and for the cache", async () => {
    const statement = ['import type { here } from "../../server/src/errors.ts";'];
    expect(await firedBy({ "packages/web/src/a.ts": statement, [`${SERVER}/errors.ts`]: [] })).toEqual(["web-sees-the-contract-only"]);
    expect(await firedBy({ [`${CACHE}/a.ts`]: statement, [`${SERVER}/errors.ts`]: [] })).toEqual(["cache-knows-no-product"]);
  });

  test("a cycle fires at run time, and not when one of its arrows is a type", async () => {
    const [a, b] = [`${SERVER}/trips/a.ts`, `${SERVER}/trips/b.ts`];
    expect(await firedBy({ [a]: ['import "./b.ts";'], [b]: ['import "./a.ts";'] })).toEqual(["no-runtime-cycle"]);
    expect(await firedBy({ [a]: ['import "./b.ts";'], [b]: ['import type { here } from "./a.ts";'] })).toEqual([]);
  });

  test("a package must be declared, and SQL is for the rooms that own tables", async () => {
    expect(await firedBy({ [`${SERVER}/trips/a.ts`]: ['import "markdown-it";'] })).toEqual(["only-declared-packages"]);
    expect(await firedBy({ [`${SERVER}/delivery/a.ts`]: ['import "kysely";'] })).toEqual(["sql-stays-in-its-rooms"]);
  });

  test("every rule says why, and what to do instead", () => {
    for (const { name, comment } of forbidden as IForbiddenRuleType[]) expect(comment, name).toMatch(/[.:;] .{20,}/);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { judge } from "../../../../scripts/package/bundle-size.mjs";
import { checkFiles } from "../../../../scripts/package/files.mjs";
import { checkImports } from "../../../../scripts/package/imports.mjs";

describe("a bundle", () => {
  const budget = { import: '{ a } from "p"', maxGzipBytes: 100, only: ["a.js"] };

  test("may cost its budget", () => {
    expect(judge(budget, { minifiedBytes: 300, gzipBytes: 100, files: ["a.js"] })).toEqual([]);
  });

  test("may not cost more, and the message says what to do", () => {
    expect(judge(budget, { minifiedBytes: 300, gzipBytes: 101, files: ["a.js"] })).toEqual([
      expect.stringMatching(/costs 101 bytes, and its budget is 100.*npm run size -- --update/),
    ]);
  });

  test("may not bring along what is not used", () => {
    expect(judge(budget, { minifiedBytes: 300, gzipBytes: 100, files: ["a.js", "b.js"] })).toEqual([
      expect.stringMatching(/drags in b\.js/),
    ]);
    const { only: _, ...unbound } = budget;
    expect(judge(unbound, { minifiedBytes: 300, gzipBytes: 100, files: ["a.js", "b.js"] })).toEqual([]);
  });
});

describe("a package", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "qrcards-package-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A package whose doors lead to the files of their names, with all files that each must have beside the given ones. */
  function pack(doors: string[], files: Record<string, string>) {
    const all: Record<string, string> = { LICENSE: "", "README.md": "" };
    for (const [name, code] of Object.entries(files)) {
      const map = JSON.stringify({ sources: [`../src/${name}.ts`] });
      Object.assign(all, { [`src/${name}.ts`]: "", [`dist/${name}.js`]: code, [`dist/${name}.d.ts`]: "" });
      Object.assign(all, { [`dist/${name}.js.map`]: map, [`dist/${name}.d.ts.map`]: map });
    }
    for (const [path, content] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const exports = Object.fromEntries(
      doors.map((name) => [
        name === "index" ? "." : `./${name}`,
        { "qrcards-source": `./src/${name}.ts`, types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      ]),
    );
    const manifest = { name: "p", exports: { ...exports, "./package.json": "./package.json" }, peerDependencies: { "@redis/client": "6" } };
    return { folder, app: folder, tarball: "", manifest };
  }

  test("may import its own files and Node's modules", async () => {
    const packed = pack(["index"], { index: 'import "./a.js"; import "node:fs";', a: 'export const a = await import("node:net");' });
    expect(await checkImports(packed)).toEqual([]);
  });

  test("may not need a client behind a door that everybody uses, however far down and however unused", async () => {
    const packed = pack(["index"], { index: 'import { a } from "./a.js";', a: 'import "@redis/client"; export const a = 1;' });
    expect(await checkImports(packed)).toEqual([expect.stringMatching(/a\.js imports @redis\/client.*a door of its own/)]);
  });

  test("may need a client behind that client's door, if it declares it", async () => {
    const packed = pack(["redis"], { redis: 'import { createClient } from "@redis/client"; export const a = createClient;' });
    expect(await checkImports(packed)).toEqual([]);
    packed.manifest.peerDependencies = {} as never;
    expect(await checkImports(packed)).toEqual([expect.stringMatching(/does not declare/)]);
  });

  test("has every file that its doors and maps name", () => {
    const packed = pack(["index"], { index: "" });
    expect(checkFiles(packed)).toEqual([]);
    for (const file of ["src/index.ts", "dist/index.d.ts", "LICENSE"]) rmSync(join(folder, file));
    expect(checkFiles(packed)).toEqual([
      "LICENSE is not in the package",
      'the door "." leads under "qrcards-source" to ./src/index.ts, which is not in the package',
      'the door "." leads under "types" to ./dist/index.d.ts, which is not in the package',
      "dist/index.js.map maps to src/index.ts, which is not in the package",
      "dist/index.d.ts is not in the package",
      "dist/index.d.ts.map maps to src/index.ts, which is not in the package",
    ]);
  });
});

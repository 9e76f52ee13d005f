import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readProgram } from "../../../../scripts/api-reference/read-doors.mjs";
import { pageName, writePage } from "../../../../scripts/api-reference/write-page.mjs";
import { listUndescribed } from "../../../../scripts/api-reference.mjs";

const MAIN = `
  import type { Hidden, Options } from "./parts.ts";
  export type { Options };
  /**
   * Makes a \`Lamp\`.
   *
   * @param options which one
   * @throws LampError if there is none
   */
  export function createLamp(options: Options): Lamp { return new Lamp(options); }
  /** It shines. */
  export class Lamp {
    /** Candles. */
    readonly strength = 1;
    readonly #secret: Hidden | undefined;
    /** Use \`createLamp\`. */
    constructor(options: Options) {}
    /** Lets it shine. @returns whether it does */
    async shine(forMs: number): Promise<boolean> { return true; }
    /** For the cache alone. */
    internal(): void {}
    protected own(): void {}
  }
  export class LampError extends Error {}`;

const PARTS = `
  export interface Hidden { readonly x: number }
  interface Colour {
    /** From 0. */
    readonly hue: number;
  }
  /** Which lamp. */
  export interface Options {
    readonly colour?: Colour;
    /** See \`Lamp.strength\`. */
    readonly size?: {
      readonly heightMm: number;
    };
  }`;

const SHOP = `
  import type { Lamp } from "./main.ts";
  /** Buys a \`Lamp\`. */
  export function buy(): Lamp { throw new Error(); }`;

let folder: string;
let doors: ReturnType<typeof readProgram>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "qrcards-reference-"));
  for (const [name, code] of Object.entries({ main: MAIN, parts: PARTS, shop: SHOP })) writeFileSync(join(folder, `${name}.ts`), code);
  const entries = ["main", "shop"].map((name) => join(folder, `${name}.ts`));
  const program = ts.createProgram({
    rootNames: entries,
    options: { allowImportingTsExtensions: true, noEmit: true, target: ts.ScriptTarget.ES2022 },
  });
  doors = readProgram(program, [
    { specifier: "@lamps/all", entry: entries[0]! },
    { specifier: "@lamps/all/shop", entry: entries[1]! },
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const page = (door: number) => writePage(doors[door]!, doors);

test("every door has a page of its name, that of the package itself is the first to be seen", () => {
  expect(doors.map(pageName)).toEqual(["README.md", "shop.md"]);
});

test("a function is shown as it is called, without its body, and its tags are words", () => {
  expect(page(0)).toContain(
    "## createLamp\n\n```ts\nfunction createLamp(options: Options): Lamp\n```\n\nMakes a [`Lamp`](#lamp).\n\n" +
      "`options`: which one\n\nThrows [`LampError`](#lamperror) if there is none.\n",
  );
});

test("a class is shown by what can be reached from outside", () => {
  expect(page(0)).toContain("## Lamp\n\n```ts\nclass Lamp\n```\n\nIt shines.\n\n- `strength: 1`  \n  Candles.\n\n### Lamp.shine\n");
  expect(page(0)).toContain("```ts\nshine(forMs: number): Promise<boolean>\n```\n\nLets it shine.\n\nReturns whether it does.\n");
  expect(page(0)).not.toMatch(/secret|Hidden|new Lamp|internal|own/);
});

test("a type that has no export is shown where the types are made of it", () => {
  expect(page(0)).toContain("have no export:** [Colour](#colour)");
  expect(page(0)).toContain("## Colour\n\n```ts\ninterface Colour\n```\n\n- `hue: number`  \n  From 0.\n");
});

test("a property whose type takes several lines is a block", () => {
  expect(page(0)).toContain(
    "- `size`  \n  See [`Lamp.strength`](#lamp).\n\n  ```ts\n  size?: {\n    readonly heightMm: number;\n  }\n  ```\n",
  );
});

test("a page leads to others for what they show", () => {
  expect(page(1)).toContain("Buys a [`Lamp`](README.md#lamp).");
  expect(page(1)).not.toContain("## Lamp");
});

test("what is exported without a docstring is found", () => {
  expect(listUndescribed(doors)).toEqual(["LampError of @lamps/all"]);
});

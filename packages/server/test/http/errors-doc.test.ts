import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ERRORS } from "../../src/errors.ts";

const document = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
const rows = [...document.matchAll(/^\| `([^`]+)` \| (\d{3}) \| (.+?) \| (.+?) \|$/gm)].map(([, code, status, meaning, help]) => ({
  code,
  status: Number(status),
  meaning,
  help,
}));

it("docs/errors.md has a row for each code of the catalogue, in its order, with its status and its help", () => {
  expect(rows.map(({ code, status, help }) => ({ code, status, help }))).toEqual(
    Object.entries(ERRORS).map(([code, { status, help }]) => ({ code, status, help })),
  );
});

it("docs/errors.md says what each code means", () => {
  for (const { meaning } of rows) expect(meaning).toMatch(/^[A-Z].*\.$/);
});

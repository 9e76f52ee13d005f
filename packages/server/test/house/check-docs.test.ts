import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkDocs } from "../../../../scripts/check-docs.mjs";

const README = "# It\n\n```sh\nnpm start\n```\n\n```sh\nnpm test\n```\n\nSee [the house](docs/architecture.md#the-house).\n";

describe("the check of the documentation", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "qrcards-docs-"));
    spawnSync("git", ["init", "--quiet", root]);
    write("README.md", README);
    write("docs/architecture.md", "# The house\n\n`paths/` and `read`, `authorities/{none,redis}`.\n");
    write("packages/server/src/paths/resolve.ts", "");
    write("packages/cache/src/read.ts", "");
    write("packages/cache/src/authorities/none.ts", "");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  test("finds nothing to say about a true one", async () => {
    expect(await checkDocs(root)).toEqual({ passed: 4, failed: 0, skipped: 0, failures: [] });
  });

  test.each([
    [
      "a first command that is not `npm start`",
      "README.md",
      README.replace("npm start", "npm install\nnpm start"),
      "fenced block 1 must be `npm start`",
    ],
    ["a second command that is not `npm test`", "README.md", README.replace("npm test", "make test"), "fenced block 2 must be `npm test`"],
    ["a link to a file that is not there", "docs/a.md", "[x](b.md)", "docs/a.md: the link to b.md leads nowhere"],
    ["an image that is not there", "docs/a.md", "![x](b.png)", "docs/a.md: the link to b.png leads nowhere"],
    ["a reference to a file that is not there", "docs/a.md", "[x]: ../c.md\n", "docs/a.md: the link to ../c.md leads nowhere"],
    ["a link to a heading that is not there", "docs/a.md", "# Here\n\n[x](#there)", "docs/a.md: #there names a heading that is not there"],
    ["a room that the map does not name", "packages/server/src/cards/code.ts", "", "does not name `cards` of packages/server/src"],
    ["a file of the cache that the map does not name", "packages/cache/src/key.ts", "", "does not name `key.ts` of packages/cache/src"],
    [
      "a path of one machine",
      "scripts/a.mjs",
      `\nopen("/${"home"}/me/data");`,
      `scripts/a.mjs:2 names a path of one machine: /${"home"}/me`,
    ],
  ])("finds %s", async (_title, path, text, message) => {
    write(path, text);
    const { passed, failed, failures } = await checkDocs(root);
    expect({ passed, failed }).toEqual({ passed: 3, failed: 1 });
    expect(failures[0]).toContain(message);
  });

  test("looks at no code, at no other host, and at no file that git ignores", async () => {
    write(
      "docs/a.md",
      "# A `b`: c\n\n```\n[x](nowhere.md)\n```\n\n`[x](nowhere.md)` [x](https://example.org/x) [x](#a-b-c) [x](/README.md)\n",
    );
    write(".gitignore", "ignored/\n");
    write("ignored/a.md", "[x](nowhere.md)");
    expect(await checkDocs(root)).toMatchObject({ failed: 0 });
  });
});

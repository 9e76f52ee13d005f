import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { verifyToken } from "../../src/admin/tokens.ts";
import { openDatabase } from "../../src/db/database.ts";
import { useCli } from "./run-cli.ts";

const cli = useCli();

describe("token", () => {
  test("is shown once, works, is listed without its secret, and is over when revoked", async () => {
    const { stdout, stderr, code } = await cli.run(["token", "create", "--name", "deploy", "--scope", "read,edit"]);
    expect(code).toBe(0);
    const text = stdout.trim();
    expect(stderr).toMatch(/Shown this once.*qrcards token revoke/s);

    const database = openDatabase({ url: `sqlite:${cli.folder}/data/qrcards.db` });
    const verdict = await verifyToken(database.db, text);
    expect(verdict).toMatchObject({ ok: true, token: { name: "deploy", scopes: ["read", "edit"] } });

    const list = await cli.run(["token", "list"]);
    const [{ id }] = await cli.json("token", "list");
    expect(list.stdout).toContain(`${id}  deploy  read,edit  until `);
    expect(list.stdout).not.toContain(text);

    expect((await cli.json("token", "revoke", id)).revokedAt).not.toBeNull();
    expect(await verifyToken(database.db, text)).toEqual({ ok: false, reason: "revoked" });
    expect((await cli.run(["token", "list"])).stdout).toContain("revoked");
    await database.close();
  });

  test.each([
    ["12h", 12],
    ["2w", 14 * 24],
    ["1y", 365 * 24],
  ])("--expires %s is %i hours from now", async (expires, hours) => {
    const { createdAt, expiresAt } = await cli.json("token", "create", "--name", "x", "--scope", "read", "--expires", expires);
    expect((Date.parse(expiresAt) - Date.parse(createdAt)) / 3_600_000).toBe(hours);
  });

  test("--expires never and a date are understood, the past is not", async () => {
    const create = (expires: string) => cli.run(["token", "create", "--name", "x", "--scope", "read", "--expires", expires, "--json"]);
    const [never, date, past, nonsense] = await Promise.all(["never", "2999-12-31", "2001-01-01", "soon"].map(create));
    expect(never!.json.expiresAt).toBeNull();
    expect(date!.json.expiresAt).toMatch(/^2999-12-3/);
    expect([past!.code, nonsense!.code]).toEqual([2, 2]);
  });

  test("an unknown id is not revoked", async () => {
    expect((await cli.run(["token", "revoke", "000000000000"])).code).toBe(3);
  });
});

describe("card", () => {
  beforeAll(async () => {
    await cli.json("trips", "create", "Book", "--slug", "book");
    await cli.json("trips", "add", "book", "Page");
  });

  test("is the page's for ever, and carries PUBLIC_URL", async () => {
    const env = { PUBLIC_URL: "https://cards.example.org" };
    const first = (await cli.run(["card", "book/page", "--json"], { env })).json;
    expect(first).toMatchObject({ url: `HTTPS://CARDS.EXAMPLE.ORG/C/${first.code}`, path: "/book/page", scans: 0 });
    await cli.json("trips", "rename", "book/page", "Other");
    const again = await cli.run(["card", "book/page"], { env });
    expect(again.stdout).toContain(first.code);
    expect(again.stdout).toContain('"Other" /book/other');
    expect(again.stderr).toBe("");
    const another = await cli.json("card", "book/other", "--new");
    expect(another.code).not.toBe(first.code);
    expect((await cli.run(["trips", "show", "book", "--cards"])).stdout).toContain(`${first.code} ${another.code}`);
  });

  test("is written as SVG and PNG, and drawn in the terminal", async () => {
    const { stdout, stderr, code } = await cli.run(["card", "book", "--svg", "card.svg", "--png", "card.png", "--terminal"]);
    expect(code).toBe(0);
    expect(readFileSync(join(cli.folder, "card.svg"), "utf8")).toMatch(/^<svg/);
    expect(readFileSync(join(cli.folder, "card.png")).subarray(1, 4).toString()).toBe("PNG");
    expect(stdout).toContain("██▄▄▄▄▄");
    expect(stderr).toContain("set PUBLIC_URL");
  });

  test("of a draft says that nobody sees the page yet", async () => {
    await cli.json("trips", "add", "book", "Draft", "--state", "draft");
    expect((await cli.run(["card", "book/draft"])).stderr).toContain("The page is a draft");
  });

  test("that cannot be written is an error with its reason", async () => {
    const { code, stderr } = await cli.run(["card", "book", "--png", "no/such/folder/card.png"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no such file or\s+folder/);
  });
});

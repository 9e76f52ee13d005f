import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { useCli } from "./run-cli.ts";

const cli = useCli();

/** Where an address leads, as the server would answer. */
async function answer(address: string): Promise<unknown> {
  const { outcome } = await cli.json("resolve", address);
  return outcome.location === null ? outcome.status : [outcome.status, outcome.location];
}

beforeAll(async () => {
  await cli.json("trips", "create", "The Book", "--slug", "book");
  for (const title of ["One", "Two", "Three"]) await cli.json("trips", "add", "book", title);
  await cli.json("trips", "add", "book/one", "Details");
});

describe("trips", () => {
  test("are listed and shown as a tree, for people and for programs", async () => {
    const list = await cli.json("trips", "list");
    const tree = await cli.json("trips", "show", "book");
    const text = await cli.run(["trips", "show", "book"]);
    expect(list).toMatchObject([{ slug: "book", title: "The Book", state: "public", pages: 5, path: "/book" }]);
    expect(tree.root).toMatchObject({
      path: "/book",
      children: [{ path: "/book/one", children: [{ title: "Details" }] }, { title: "Two" }, { title: "Three" }],
    });
    expect(text.stdout).toContain(`${tree.root.children[0].id}  ├─ One  /one`);
    expect(text.stdout).toContain(`${tree.root.children[0].children[0].id}  │  └─ Details  /details`);
  });

  test("an empty installation says how to begin", async () => {
    const { stdout, code } = await useCli().run(["trips", "list"]);
    expect(code).toBe(0);
    expect(stdout).toContain("qrcards import PATH");
  });

  test("a rename says both addresses, and the old one goes on for what lies below too", async () => {
    const { stdout } = await cli.run(["trips", "rename", "book/one", "Getting Started"]);
    expect(stdout).toContain("  /book/one\n  → /book/getting-started\n");
    expect(stdout).toContain("Visible everywhere.");
    expect(await answer("/book/one/details")).toEqual([302, "/book/getting-started/details"]);
    // The way back, by the old path.
    const { node, pathBefore } = await cli.json("trips", "rename", "book/one", "--slug", "one");
    expect([node.title, node.path, pathBefore]).toEqual(["Getting Started", "/book/one", "/book/getting-started"]);
  });

  test("a page is named by id, path, former path or URL", async () => {
    const { node } = await cli.json("trips", "add", "https://cards.example.org/book/", "Über uns");
    const addresses = [
      node.id,
      node.id.toUpperCase(),
      "book/über-uns",
      "/book/%C3%BCber-uns",
      "http://localhost:3000/BOOK/Über-uns/?x=1#part",
    ];
    for (const address of addresses) expect((await cli.json("trips", "read", address)).id).toBe(node.id);
    await cli.json("trips", "delete", node.id);
  });

  test("a text is edited from a file and from standard input, and read as it was written", async () => {
    const file = join(cli.folder, "text.md");
    writeFileSync(file, "# From a file\n\nText.\n");
    await cli.run(["trips", "edit", "book/two", "--body-file", "text.md"]);
    expect((await cli.run(["trips", "read", "book/two"])).stdout).toBe("# From a file\n\nText.\n");
    const { code } = await cli.run(["trips", "edit", "book/two", "--title", "Zwei", "--language", "de", "--body-file", "-"], {
      input: "Von der Leitung.\n",
    });
    expect(code).toBe(0);
    expect(await cli.json("trips", "read", "book/two")).toMatchObject({
      title: "Zwei",
      language: "de",
      body: "Von der Leitung.\n",
      path: "/book/two",
    });
    expect((await cli.json("trips", "edit", "book/two", "--language", "inherit")).node.language).toBeNull();
  });

  test("an edit for an older revision is refused with what is there now", async () => {
    const { revision } = await cli.json("trips", "read", "book/three");
    expect((await cli.json("trips", "edit", "book/three", "--title", "Drei", "--revision", String(revision))).node.revision).toBe(
      revision + 1,
    );
    const late = await cli.runInside("trips", "edit", "book/three", "--title", "Trois", "--revision", String(revision), "--json");
    expect(late.code).toBe(4);
    expect(late.json).toMatchObject({ code: "revision-conflict", details: { current: { title: "Drei", revision: revision + 1 } } });
  });

  test("pages change their order and their parent", async () => {
    const order = async () => (await cli.json("trips", "show", "book")).root.children.map((child: { path: string }) => child.path);
    await cli.json("trips", "move", "book/three", "--first");
    expect(await order()).toEqual(["/book/three", "/book/one", "/book/two"]);
    await cli.json("trips", "move", "book/two", "--before", "book/one");
    expect(await order()).toEqual(["/book/three", "/book/two", "/book/one"]);
    await cli.json("trips", "move", "book/three", "--after", "book/one/details");
    expect((await cli.json("trips", "read", "book/three")).path).toBe("/book/one/three");
    await cli.json("trips", "move", "book/three", "--below", "book");
    expect(await order()).toEqual(["/book/two", "/book/one", "/book/three"]);
  });

  test("a merged page's address and children go to the one that stays", async () => {
    await cli.json("trips", "add", "book", "Help");
    await cli.json("trips", "add", "book", "FAQ");
    await cli.json("trips", "add", "book/faq", "Question");
    expect((await cli.json("trips", "merge", "book/faq", "book/help")).node.path).toBe("/book/help");
    expect(await answer("/book/faq")).toEqual([302, "/book/help"]);
    expect(await answer("/book/faq/question")).toEqual([302, "/book/help/question"]);
  });

  test("a deleted page is gone, is shown on demand, and comes back by its old path", async () => {
    const { node } = await cli.json("trips", "add", "book", "Short-lived");
    const { stdout } = await cli.runInside("trips", "delete", "book/short-lived");
    expect(stdout).toContain(`qrcards trips restore ${node.id}`);
    expect(await answer("/book/short-lived")).toBe(410);
    const edit = await cli.runInside("trips", "edit", "book/short-lived", "--title", "x", "--json");
    expect(edit.code).toBe(3);
    expect(edit.json.code).toBe("gone");
    expect((await cli.runInside("trips", "show", "book")).stdout).not.toContain(node.id);
    expect((await cli.runInside("trips", "show", "book", "--deleted")).stdout).toMatch(new RegExp(`${node.id}.*deleted \\d{4}-`));
    expect((await cli.json("trips", "restore", "book/short-lived")).node).toMatchObject({ id: node.id, path: "/book/short-lived" });
    await cli.json("trips", "delete", "book/short-lived", "--successor", "book/one");
    expect(await answer("/book/short-lived")).toEqual([302, "/book/one"]);
  });

  test("a state decides who sees a page", async () => {
    await cli.json("trips", "add", "book", "Secret", "--state", "draft");
    expect(await answer("/book/secret")).toBe(404);
    const { stdout } = await cli.runInside("trips", "state", "book/secret", "unlisted");
    expect(stdout).toContain("Made unlisted");
    expect(await answer("/book/secret")).toBe(200);
  });

  test("a trip is created in its language, and renamed with its history", async () => {
    const { node } = await cli.json("trips", "create", "دليل", "--language", "ar");
    expect(node).toMatchObject({ language: "ar", direction: "rtl", path: `/${encodeURIComponent("دليل")}` });
    await cli.json("trips", "rename", node.id, "--slug", "guide");
    expect(await answer(`/${encodeURIComponent("دليل")}`)).toEqual([302, "/guide"]);
    await cli.json("trips", "delete", node.id);
    expect((await cli.json("trips", "list")).find((trip: { slug: string }) => trip.slug === "guide").deleted).toBe(true);
  });

  test("images are stored once and say how a page shows them", async () => {
    const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
    writeFileSync(join(cli.folder, "dot.png"), png);
    const { json } = await cli.run(["trips", "asset", "book", "dot.png", "dot.png", "--json"]);
    const [asset] = json;
    expect(asset).toMatchObject({ filename: "dot.png", mediaType: "image/png", width: 1, height: 1 });
    expect(await cli.json("trips", "asset", "book")).toEqual([asset]);
    const { stdout } = await cli.run(["trips", "asset", "book"]);
    expect(stdout).toContain(asset.markdown);
  });

  test.each([
    [["trips", "show", "nothing"], 3, "not-found"],
    [["trips", "read", "book/nothing"], 3, "not-found"],
    [["trips", "read", "book/%zz"], 1, "bad-target"],
    [["trips", "create", "Api", "--slug", "api"], 1, "slug-reserved"],
    [["trips", "create", "Again", "--slug", "book"], 4, "slug-taken"],
    [["trips", "add", "book", "  "], 1, "validation-failed"],
    [["trips", "move", "book/one", "--below", "book/one/details"], 4, "move-into-itself"],
    [["trips", "edit", "book/one", "--body-file", "/no-such-file.md"], 1, "file-unusable"],
    [["trips", "asset", "book", import.meta.filename], 1, "asset-refused"],
    [["trips", "restore", "book/nothing"], 3, "not-found"],
  ])("%j is refused: exit code %i, %s", async (args, exitCode, code) => {
    const result = await cli.runInside(...args, "--json");
    expect(result).toMatchObject({ code: exitCode, stderr: "" });
    expect(result.json).toMatchObject({ code, message: expect.any(String), help: expect.any(String) });
  });

  test("nothing of an error's inside is shown unless asked for", async () => {
    const quiet = await cli.run(["trips", "show", "nothing"]);
    expect(quiet.stderr).toMatch(/^error: There is no trip "nothing"\.\n {7}\S/);
    expect(quiet.stderr).not.toContain("    at ");
    const loud = await cli.run(["trips", "show", "nothing"], { env: { QRCARDS_DEBUG: "1" } });
    expect(loud.stderr).toContain("    at ");
  });

  test("a reader that has read enough ends the command quietly", async () => {
    const child = cli.start(["trips", "list", "--json"]);
    child.stdout!.destroy();
    let stderr = "";
    child.stderr!.on("data", (part) => {
      stderr += part;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, stderr]).toEqual([0, ""]);
  });
});

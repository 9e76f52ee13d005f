import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { PublicSite } from "../../src/delivery/public-site.ts";
import { QRCardsError } from "../../src/errors.ts";
import { explainAddress } from "../../src/operations/explain-address.ts";
import { createServices, type Services } from "../../src/services.ts";
import { useCli } from "./run-cli.ts";

const cli = useCli();
let services: Services;
const codes: Record<string, string> = {};

beforeAll(async () => {
  await cli.json("trips", "create", "The Book", "--slug", "first-name");
  await cli.json("trips", "rename", "first-name", "--slug", "book");
  await cli.json("trips", "create", "Draft", "--slug", "draft", "--state", "draft");
  for (const title of ["One", "Two", "Secret", "Old", "Ünïcode"]) await cli.json("trips", "add", "book", title);
  await cli.json("trips", "add", "book/one", "Details");
  await cli.json("trips", "add", "book/old", "Below");
  for (const path of ["book/one", "book/old", "book/secret", "book/two"]) codes[path] = (await cli.json("card", path)).code;
  await cli.json("trips", "rename", "book/one", "Uno");
  // A new page under the old name: the address of what lies below the renamed one is pieced together past it.
  await cli.json("trips", "add", "book", "New One", "--slug", "one");
  await cli.json("trips", "state", "book/secret", "draft");
  await cli.json("trips", "delete", "book/old");
  await cli.json("trips", "delete", "book/two", "--successor", "book/uno");
  services = await createServices(parseConfig({ QRCARDS_DATA: `${cli.folder}/data` }));
}, 60_000);

afterAll(() => services.close());

/** What the server answers, as an explanation words it. */
async function serve(target: string): Promise<{ status: number; location: string | null }> {
  try {
    const answer = await new PublicSite(services).answer(target);
    if (!("status" in answer)) return { status: 200, location: null };
    const at = answer.headers.findIndex((header) => header.toLowerCase() === "location");
    return { status: answer.status, location: at === -1 ? null : answer.headers[at + 1]! };
  } catch (error) {
    if (error instanceof QRCardsError) return { status: error.status, location: null };
    throw error;
  }
}

describe("an explanation", () => {
  const card =
    (path: string, around = (code: string) => code) =>
    () =>
      `/c/${around(codes[path]!)}`;

  test.each<[string, string | (() => string)]>([
    ["the library", "/"],
    ["another spelling of the library", "//"],
    ["a trip", "/book"],
    ["a page", "/book/uno/details"],
    ["a view", "/book/uno.md"],
    ["a page with a query", "/book/uno?from=card"],
    ["a former slug of the trip", "/first-name/uno?from=card"],
    ["a former name, with a view", "/book/one/details.json"],
    ["former names of trip and page at once", "/first-name/one/details"],
    ["a page that took a former name", "/book/one"],
    ["upper case", "/Book/UNO"],
    ["a trailing slash", "/book/uno/"],
    ["an unencoded-looking Unicode name", "/book/%C3%BCn%C3%AFcode"],
    ["a decomposed Unicode name", "/book/u%CC%88ni%CC%88code"],
    ["a misspelt former name", "/book/ONE/details/"],
    ["a deleted page", "/book/old"],
    ["a page below a deleted one", "/book/old/below"],
    ["a deleted page with a successor", "/book/two"],
    ["a page that is no longer published", "/book/secret"],
    ["a draft trip", "/draft"],
    ["an unknown page", "/book/uno/nothing"],
    ["an unknown trip", "/nothing/at/all"],
    ["a character that no slug holds", "/book/a%20b"],
    ["a broken escape", "/book/%zz"],
    ["an encoded slash", "/book/a%2Fb"],
    ["a NUL", "/book/%00"],
    ["an address that is too long", `/book/${"a".repeat(9000)}`],
    ["a card", card("book/one")],
    ["a card in lower case", card("book/one", (code) => code.toLowerCase())],
    ["a misread card", card("book/one", (code) => (code.startsWith("2") ? "3" : "2") + code.slice(1))],
    ["a malformed card", "/c/short"],
    ["a card of a deleted page", card("book/old")],
    ["a card of a deleted page with a successor", card("book/two")],
    ["a card of a draft", card("book/secret")],
    ["a look at a card", card("book/one", (code) => `${code}+`)],
  ])("says of %s what the server answers", async (_what, given) => {
    const target = typeof given === "string" ? given : given();
    const { outcome } = await explainAddress(services, target);
    expect({ status: outcome.status, location: outcome.location }).toEqual(await serve(target));
  });

  test("of a first look counts one statement for the trip and one for its structure", async () => {
    const { steps, outcome } = await cli.json("resolve", "/first-name/one/details");
    expect(steps.map(({ step, statements }: { step: string; statements: number }) => [step, statements])).toEqual([
      ["target", 0],
      ["slug", 1],
      ["structure", 1],
      ["walk", 0],
    ]);
    expect(outcome).toMatchObject({ status: 302, location: "/book/uno/details" });
    const { places } = steps[3];
    expect(places.find(({ segment }: { segment: string }) => segment === "one").pages).toMatchObject([
      { title: "New One", is: "living" },
      { title: "Uno", is: "past" },
    ]);
  });

  test("does not count the scan of a card", async () => {
    const { code } = await cli.json("card", "book");
    await cli.json("resolve", `/c/${code}`);
    expect((await cli.json("card", "book")).scans).toBe(0);
  });

  test("takes a URL, a path without a slash, and what a card carries", async () => {
    const outcomes = await Promise.all(
      ["https://cards.example.org/book/uno#part", "book/uno", `HTTPS://CARDS.EXAMPLE.ORG/C/${codes["book/one"]}`].map((address) =>
        explainAddress(services, address),
      ),
    );
    expect(outcomes.map(({ outcome }) => outcome.status)).toEqual([200, 200, 302]);
  });
});

describe("resolve", () => {
  test("draws the way and closes with the answer", async () => {
    const { stdout, code } = await cli.run(["resolve", "/book/one/details"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\/book\/one\/details\n/);
    expect(stdout).toContain('Trip       "book" is trip 1');
    expect(stdout).toMatch(/ one {2}below "The Book"\n.*"New One".*\n.*was here, and moved on: "Uno"/);
    expect(stdout).toContain("Answer     302 to /book/uno/details");
    expect(stdout).toMatch(/and 2 statements in all, with nothing in memory\n$/);
  });

  test.each([
    ["/book/uno", 0],
    ["/book/nothing", 3],
    ["/book/old", 3],
    ["/book/%zz", 1],
    ["/api/trips", 0],
  ])("%s ends with exit code %i", async (address, code) => {
    expect((await cli.runInside("resolve", address)).code).toBe(code);
  });

  test("a deleted page's answer names what to restore", async () => {
    const { outcome } = await cli.json("resolve", "/book/old/below");
    const [, id] = /trips restore (\w{12})/.exec(outcome.reason) ?? [];
    expect((await cli.json("trips", "restore", id!)).node.path).toBe("/book/old");
  });
});

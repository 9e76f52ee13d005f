import { describe, expect, it } from "vitest";
import { parseTripExport } from "../../src/import/export/parse-trip-export.ts";
import { writeJson } from "../../src/import/export/write-json.ts";
import { readPlan } from "../../src/import/read-plan.ts";
import { openSource } from "../../src/import/source-tree.ts";
import { exportOfPlan } from "./export-of-plan.ts";
import { fixture } from "./fixtures.ts";

const TRIP = exportOfPlan(await readPlan(await openSource(fixture("harbour-book"))));

type Path = readonly (string | number)[];

/** The document with one value changed, or taken away by `undefined`. */
function changed(path: Path, value: unknown): unknown {
  const document = JSON.parse(writeJson(TRIP));
  let target = document;
  for (const step of path.slice(0, -1)) target = target[step];
  const last = path.at(-1)!;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return document;
}

describe("a JSON export from somewhere", () => {
  it("is read from text, or from what JSON.parse made of it", () => {
    expect(parseTripExport(writeJson(TRIP)).nodes).toHaveLength(TRIP.nodes.length);
    expect(parseTripExport(JSON.parse(writeJson(TRIP))).trip).toEqual(TRIP.trip);
  });

  it.each<[string, Path, unknown]>([
    ['format is not one of "qrcards-trip/1"', ["format"], "qrcards-trip/2"],
    ['it lacks the field "cards"', ["cards"], undefined],
    ['it has an unknown field "extra"', ["extra"], 1],
    ["nodes is not a list", ["nodes"], {}],
    ["nodes[3] is not an object", ["nodes", 3], "x"],
    ['nodes[3] has an unknown field "html"', ["nodes", 3, "html"], "<script>"],
    ["nodes[3].id is not an id of a node", ["nodes", 3, "id"], "../../etc/pw"],
    ["nodes[3].segment is not a slug", ["nodes", 3, "segment"], "Not a slug"],
    ["nodes[3].title is not a text", ["nodes", 3, "title"], 7],
    ["nodes[3].title is not a title", ["nodes", 3, "title"], ""],
    ["nodes[3].title is not a title", ["nodes", 3, "title"], "a".repeat(501)],
    ["nodes[3].body holds a NUL or half a character", ["nodes", 3, "body"], "a\0b"],
    ["nodes[3].body holds a NUL or half a character", ["nodes", 3, "body"], "\ud800"],
    ["nodes[3].position is not a whole number", ["nodes", 3, "position"], 1.5],
    ["nodes[3].position is more than 2147483647", ["nodes", 3, "position"], 2 ** 31],
    ["nodes[3].revision is less than 1", ["nodes", 3, "revision"], 0],
    ["nodes[3].revision is more than 2147483647", ["nodes", 3, "revision"], 2 ** 31],
    ["nodes[3].standsSince is more than 2147483647", ["nodes", 3, "standsSince"], Number.MAX_SAFE_INTEGER],
    ["trip.namedSince is not a whole number", ["trip", "namedSince"], 2 ** 53],
    ['nodes[3].state is not one of "draft", "unlisted", "public"', ["nodes", 3, "state"], "secret"],
    ["nodes[3].slugIsExplicit is neither true nor false", ["nodes", 3, "slugIsExplicit"], 1],
    [`nodes[3] has the id of another node, ${TRIP.nodes[2]!.id}`, ["nodes", 3, "id"], TRIP.nodes[2]!.id],
    [`nodes[3] comes before its parent ${TRIP.nodes[5]!.id}, or that is missing`, ["nodes", 3, "parentId"], TRIP.nodes[5]!.id],
    ["nodes[3] has no parent and is not the root", ["nodes", 3, "parentId"], null],
    ["nodes[3] has no segment and no tombstone", ["nodes", 3, "segment"], null],
    [`nodes[2] stands where a sibling stands, "about-the-harbour"`, ["nodes", 2, "segment"], "about-the-harbour"],
    ["cards[0].nodeId names no node, 0123456789ab", ["cards"], [{ code: "01234567", nodeId: "0123456789ab", scans: 0, createdAt: 0 }]],
    ["cards[0].code is not a card's code", ["cards"], [{ code: "OLD-CODE", nodeId: TRIP.trip.rootId, scans: 0, createdAt: 0 }]],
    [
      "tombstones[0].deletedAt is more than 8640000000000000",
      ["tombstones"],
      [{ nodeId: TRIP.trip.rootId, segment: "", deletedAt: Number.MAX_SAFE_INTEGER, successorId: null }],
    ],
    ["assets[0].bytes is not base64", ["assets", 0, "bytes"], "not base64!"],
    [`assets[0].bytes is not what the hash ${TRIP.assets[0]!.hash} names`, ["assets", 0, "bytes"], "AAAA"],
    ["assets[0].filenames names no file", ["assets", 0, "filenames"], []],
    ["assets[0].filenames[0] is not a file name", ["assets", 0, "filenames"], ["../x.png"]],
    ["assets[0].mediaType is not a kind of file that a trip may hold", ["assets", 0, "mediaType"], "text/html"],
  ])("is refused: %s", (problem, path, value) => {
    expect(() => parseTripExport(changed(path, value))).toThrow(`The export cannot be read: ${problem}.`);
  });

  it("is refused with a prototype in it, or when it is no JSON", () => {
    const text = writeJson(TRIP).replace('"format"', '"__proto__": {}, "format"');
    expect(() => parseTripExport(text)).toThrow('it has an unknown field "__proto__"');
    expect(() => parseTripExport("{")).toThrow("The export cannot be read: it is not JSON");
    expect(() => parseTripExport(`${"[".repeat(1_000_000)}`)).toThrow("The export cannot be read");
    expect(() => parseTripExport(null)).toThrow("it is not an object");
  });
});

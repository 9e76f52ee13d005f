/**
 * From a path to a page, and from a page to what stands around it, in a warm snapshot.
 *
 *     npm run bench -- micro/resolve
 *
 * Method: CPU time of the process per operation, medians of rounds. Resolving walks every path of the trip in an order
 * that jumps through the tree, and each answer must be the node it belongs to. Assembling makes the model of a page
 * (trail, neighbours, contents, outline); per link that the page shows it must not grow with the trip. (A page of a large
 * trip shows more: up to 25 siblings a level.)
 *
 * Expected: resolve < 1 us at 200 nodes, < 2 us at 38,000; assembling at 38,000 nodes <= 1.5 x a link of what it takes at 200.
 */
import { assemblePage } from "../../packages/server/src/pages/assemble.ts";
import type { RenderedContent } from "../../packages/server/src/pages/types.ts";
import { resolve } from "../../packages/server/src/paths/resolve.ts";
import { Snapshot } from "../../packages/server/src/trips/snapshot.ts";
import { encodeSnapshot } from "../../packages/server/src/trips/snapshot-codec.ts";
import { COMMON, generatePages, generatePaths, generateStructure, LARGE, type TripShape } from "../generate-trip.ts";
import { type Contestant, measureCpu } from "../harness/measure.ts";
import { report } from "../harness/report.ts";

const content: RenderedContent = { html: "<p>Text.</p>", headings: [], excerpt: "Text.", links: [], image: null };

function contestants(name: string, shape: TripShape): Contestant[] {
  const snapshot = new Snapshot(encodeSnapshot(generateStructure(shape)));
  const paths = generatePaths(shape);
  const pages = generatePages(shape);
  // A prime step visits all of them, far from one another.
  const at = (i: number) => (i * 7_919) % paths.length;
  const leaves = pages.flatMap((page, node) => (page.hasChildren ? [] : node));
  return [
    {
      name: `${name} resolve`,
      run() {
        const count = 100_000;
        for (let i = 0; i < count; i += 1) {
          const node = at(i);
          const found = resolve(snapshot, paths[node]!);
          if (found.kind !== "found" || found.node !== node) throw new Error(`/${paths[node]!.join("/")} was not found.`);
        }
        return count;
      },
    },
    {
      name: `${name} assemble`,
      run() {
        let links = 0;
        for (let i = 0; i < 500; i += 1) {
          const node = leaves[(i * 7_919) % leaves.length]!;
          const page = assemblePage(snapshot, node, content, "https://cards.example");
          if (page.title !== pages[node]!.title || page.previous?.title !== pages[node - 1]!.title)
            throw new Error(`The page "${page.title}" is not what it should be.`);
          links += page.breadcrumbs.length + page.outline.length + 2;
        }
        return links;
      },
    },
    {
      name: `${name} neighbours`,
      run() {
        const count = 100_000;
        for (let i = 0; i < count; i += 1) {
          const node = at(i);
          if (snapshot.next(node) !== (node + 1 < snapshot.size ? node + 1 : -1)) throw new Error("The next page is another one.");
          if (snapshot.listedDescendants(0) !== snapshot.size - 1) throw new Error("Pages are missing.");
        }
        return count;
      },
    },
  ];
}

const all = [...contestants("200", COMMON), ...contestants("38,000", LARGE)];
const cpu = await measureCpu(all);
const us = (name: string) => cpu.get(name)!;
const ratio = us("38,000 assemble").median / us("200 assemble").median;
report("micro/resolve", [
  { what: "resolve, 200 nodes", figure: us("200 resolve"), unit: "us", most: 1 },
  { what: "resolve, 38,000 nodes", figure: us("38,000 resolve"), unit: "us", most: 2 },
  { what: "next page, count below; 200 nodes", figure: us("200 neighbours"), unit: "us" },
  { what: "next page, count below; 38,000 nodes", figure: us("38,000 neighbours"), unit: "us" },
  { what: "assemble a page, per link, 200 nodes", figure: us("200 assemble"), unit: "us" },
  { what: "assemble a page, per link, 38,000 nodes", figure: us("38,000 assemble"), unit: "us" },
  { what: "the same as a ratio", figure: ratio, unit: "x", most: 1.5 },
]);

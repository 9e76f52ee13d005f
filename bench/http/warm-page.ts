/**
 * A page that is in memory, beside the least that node:http can do.
 *
 *     npm run bench -- http/warm-page
 *
 * Method: the product and a bare node:http server (`harness/bare-server.ts`: the same checks of the request, a Map of ready
 * buffers with the same bytes and headers) run as processes of their own and take turns. Measured is the CPU time of each
 * server's process per request, and the ratio of the two in each round; medians of rounds. 200 pages, chosen by a zipf-like
 * law, over 50 kept-alive connections. Every answer's status and length are checked.
 *
 * Expected: <= 1.05 x bare node:http, for a page as it is, with brotli, and for a 304 alike.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMON, generatePaths } from "../generate-trip.ts";
import type { BareAnswer } from "../harness/bare-server.ts";
import { askAll, Client, type Exchange } from "../harness/load.ts";
import { figureOf } from "../harness/measure.ts";
import { startServer } from "../harness/processes.ts";
import { type Line, report } from "../harness/report.ts";
import { importGenerated, makeFolder } from "../harness/workspace.ts";

const REQUESTS = 6_000;
const CONNECTIONS = 50;
const ROUNDS = 11;
const WARM_UP = 2;
const BR = "Accept-Encoding: gzip, deflate, br, zstd";

const databaseUrl = `sqlite:${join(makeFolder(), "warm.db")}`;
await importGenerated(databaseUrl, COMMON, "handbook");
const product = await startServer("server-process.ts", databaseUrl);

const paths = generatePaths(COMMON).map((segments) => ["/handbook", ...segments].join("/"));
const answers = await collectAnswers();
const file = join(makeFolder(), "answers.json");
writeFileSync(file, JSON.stringify(answers));
const bare = await startServer("bare-server.ts", file);

const lines: Line[] = [];
for (const [what, asked] of [
  ["as it is", exchanges("identity", () => [])],
  ["brotli", exchanges("br", () => [BR])],
  ["304", exchanges("br", ({ etag }) => [BR, `If-None-Match: ${etag}`], 304)],
] as const) {
  const [ours, theirs, ratios]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const turns = round % 2 === 0 ? [product, bare] : [bare, product];
    const cost = new Map<unknown, number>();
    for (const server of turns) {
      const before = await server.cpu();
      await askAll(server.port, asked, CONNECTIONS);
      cost.set(server, ((await server.cpu()) - before) / asked.length);
    }
    if (round < WARM_UP) continue;
    ours.push(cost.get(product)!);
    theirs.push(cost.get(bare)!);
    ratios.push(cost.get(product)! / cost.get(bare)!);
  }
  lines.push(
    { what: `${what}: the product`, figure: figureOf(ours), unit: "us CPU" },
    { what: `${what}: bare node:http`, figure: figureOf(theirs), unit: "us CPU" },
    { what: `${what}: ratio`, figure: figureOf(ratios), unit: "x", most: 1.05 },
  );
}
await product.stop();
await bare.stop();
report("http/warm-page", lines);

/** Every page in both encodings, as the product sends it once it has compressed it. */
async function collectAnswers(): Promise<BareAnswer[]> {
  const client = await Client.open(product.port);
  const found: BareAnswer[] = [];
  for (const path of paths) {
    for (const encoding of ["identity", "br"] as const) {
      const headers = encoding === "br" ? [BR] : [];
      let answer = await client.ask({ path, headers, status: 200 });
      while (encoding === "br" && answer.headers.get("content-encoding") !== "br") {
        await new Promise((resolve) => setTimeout(resolve, 5));
        answer = await client.ask({ path, headers, status: 200 });
      }
      const own = answer.flatHeaders.filter((_, at) => !/^(?:date|connection|keep-alive)$/i.test(answer.flatHeaders[at - (at % 2)]!));
      found.push({ path, encoding, etag: answer.headers.get("etag")!, headers: own, body: answer.body.toString("base64") });
    }
  }
  client.close();
  return found;
}

function exchanges(encoding: BareAnswer["encoding"], headersFor: (answer: BareAnswer) => string[], status = 200): Exchange[] {
  const pages = answers.filter((answer) => answer.encoding === encoding);
  return Array.from({ length: REQUESTS }, (_, i) => {
    // Many requests of few pages, few of many; the same in every run.
    const rank = Math.floor(pages.length ** (((i * 2_654_435_761) % 4_096) / 4_096)) - 1;
    const page = pages[rank]!;
    const bytes = status === 304 ? 0 : Buffer.byteLength(page.body, "base64");
    return { path: page.path, headers: headersFor(page), status, bytes };
  });
}

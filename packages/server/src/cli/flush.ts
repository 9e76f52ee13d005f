import type { Command } from "commander";
import { QRCardsError } from "../errors.ts";
import type { Flushed, FlushRequest } from "../operations/flush.ts";
import type { Services } from "../services.ts";
import { getNodeAt, NODE_ADDRESS } from "./find-node.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { count, paint } from "./text.ts";
import { withServices } from "./with-services.ts";

interface FlushOptions {
  readonly all?: true;
  readonly subtree?: true;
  readonly hard?: true;
}

export function addFlushCommand(program: Command): void {
  const command = program
    .command("flush")
    .argument("[page]", NODE_ADDRESS)
    .summary("have what is cached read anew")
    .description(
      "Make what is cached out of date, on all servers, whether Redis is there or not. The page of a trip itself stands for the whole trip. What is cached is whole trips: a page or a subtree has its whole trip read anew. No edit needs this: it is for what was changed where QRCards cannot see it, such as stored HTML. Written down in the audit.",
    )
    .option("--all", "everything, instead of a page")
    .option("--subtree", "the page and all below it")
    .option("--hard", "serve no copy of it any more, not even while the database is away, and make the stored HTML of its pages anew")
    .action(async (address: string | undefined, options: FlushOptions, command: Command) => {
      if ((address === undefined) === (options.all === undefined))
        throw new QRCardsError("usage", "Name a page to flush, or --all for everything.");
      await withServices(async (services) => {
        const request = await chooseScope(services, address, options);
        const { trips, flusher } = services;
        const flush = await flusher.prepare(request, "command-line");
        const { result, receipt, visible } = await trips.edit(flush, ({ tripId }) => tripId);
        await flusher.sweep(result);
        const answer = { ...request, ...result, version: receipt.version, visible: "everywhere", afterMs: visible.afterMs };
        outputOf(command).print(answer, describe(request, result));
      });
    });
  examples(command, [
    ["flush my-book", "a whole trip"],
    ["flush my-book/chapter-1 --subtree --hard", "a chapter; its HTML is made anew"],
    ["flush --all", "everything"],
  ]);
}

async function chooseScope(services: Services, address: string | undefined, { subtree, hard }: FlushOptions): Promise<FlushRequest> {
  const mode = hard ? "hard" : "soft";
  if (address === undefined) return { scope: "all", mode };
  const { snapshot, index } = await getNodeAt(services, address);
  if (index !== snapshot.root) return { scope: subtree ? "subtree" : "path", mode, nodeId: snapshot.id(index) };
  const { findNode } = await import("../trips/repository.ts");
  const { tripId } = (await findNode(services.database.db, snapshot.id(index)))!;
  return { scope: "trip", mode, tripId };
}

function describe({ scope, mode }: FlushRequest, { pages, rendered }: Flushed): string {
  const what = scope === "all" ? "everything" : count(pages!, "page");
  const html = mode === "hard" && scope !== "all" ? ` The HTML of ${count(rendered, "text")} is made anew when it is read.` : "";
  return `${paint("green", "Flushed")} ${what}, ${mode}.${html}\n${paint("dim", "Read anew everywhere from now on.")}`;
}

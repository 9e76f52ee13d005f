import type { Command } from "commander";
import { getNodeAt, NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { outputOf } from "../output.ts";
import { withServices } from "../with-services.ts";

export function addReadCommand(trips: Command): void {
  const command = trips
    .command("read")
    .argument("<page>", NODE_ADDRESS)
    .summary("a page's Markdown")
    .description("Print a page's Markdown as it is stored, ready to be edited; with --json also its state and revision.")
    .action(async (address: string, _options: unknown, command: Command) => {
      const [{ getBody }, { getNodeRecord }, { viewNode }] = await Promise.all([
        import("../../trips/repository.ts"),
        import("../../trips/node-record.ts"),
        import("../../admin/views.ts"),
      ]);
      await withServices(async (services) => {
        const { snapshot, index } = await getNodeAt(services, address);
        const { db } = services.database;
        const record = await getNodeRecord(db, snapshot.id(index));
        const body = await getBody(db, record.node.contentHash);
        const output = outputOf(command);
        output.print({ ...viewNode(record, services.config.publicUrl), body }, body.replace(/\n$/, ""));
        output.note(`"${record.node.title}" has revision ${record.node.revision}.`);
      });
    });
  examples(command, [
    ["trips read my-book/ch-1 > ch-1.md", "then change the file, and"],
    ["trips edit my-book/ch-1 --body-file ch-1.md", "store it"],
  ]);
}

import type { Command } from "commander";
import { getNodeAt, NODE_ADDRESS, pathOf } from "./find-node.ts";
import { examples } from "./help.ts";
import { outputOf } from "./output.ts";
import { formatColumns, hasColours, paint, printable } from "./text.ts";
import { writeUserFile } from "./user-files.ts";
import { withServices } from "./with-services.ts";

interface CardOptions {
  readonly new?: true;
  readonly svg?: string;
  readonly png?: string;
  readonly terminal?: true;
}

export function addCardCommand(program: Command): void {
  const command = program
    .command("card")
    .argument("<page>", NODE_ADDRESS)
    .summary("show a page's card, or make one")
    .description(
      "Show a page's card: its code and the URL that its QR code carries. A page without one gets one. The card follows the page wherever it goes.",
    )
    .option("--new", "make a further card for the page")
    .option("--svg <file>", "write the QR code as SVG")
    .option("--png <file>", "write the QR code as PNG")
    .option("--terminal", "draw the QR code here")
    .action(async (address: string, options: CardOptions, command: Command) => {
      const [{ viewCard }, { renderQrPng, renderQrSvg }, { renderTerminalQr }] = await Promise.all([
        import("../admin/views.ts"),
        import("../cards/qr-image.ts"),
        import("../cards/terminal-qr.ts"),
      ]);
      const output = outputOf(command);
      await withServices(async (services) => {
        const found = await getNodeAt(services, address);
        const { snapshot, index } = found;
        const nodeId = snapshot.id(index);
        const card = options.new ? await services.cards.mint(nodeId) : await services.cards.cardOf(nodeId);
        const view = viewCard(card, services.config.publicUrl);
        const { code, url, scans } = view;
        const title = snapshot.title(index);
        if (options.svg !== undefined) await writeUserFile(options.svg, renderQrSvg(url, { title }));
        if (options.png !== undefined) await writeUserFile(options.png, renderQrPng(url));

        const rows = [
          ["Code", paint("bold", code)],
          ["Carries", paint("cyan", url)],
          ["Leads to", `"${printable(title)}" ${pathOf(found)}`],
          ["Scans", String(scans)],
          ...[options.svg, options.png].flatMap((file) => (file === undefined ? [] : [["Written", file]])),
        ];
        const picture = options.terminal ? `\n\n${renderTerminalQr(url, { colour: hasColours() }).trimEnd()}` : "";
        output.print({ ...view, path: pathOf(found) }, formatColumns(rows) + picture);
        if (!services.config.publicUrlIsSet)
          output.note(`Before you print: set PUBLIC_URL, or the card carries ${services.config.publicUrl} for ever.`);
        if (!snapshot.isVisible(index)) output.note("The page is a draft: until it is published, the card says so.");
      });
    });
  examples(command, [
    ["card my-book/ch-1 --terminal", "scan it from the screen"],
    ["card my-book/ch-1 --svg ch-1.svg --png ch-1.png", "for print"],
    ["card my-book --new --json", "a further card, for scripts"],
  ]);
}

import { type Command, Option } from "commander";
import { QRCardsError } from "../../errors.ts";
import type { Direction } from "../../trips/types.ts";
import { NODE_ADDRESS } from "../find-node.ts";
import { examples } from "../help.ts";
import { bodyFileOption, languageOption, revisionOption } from "../options.ts";
import { readBody } from "../user-files.ts";
import { applyEdit, type RevisionOption } from "./apply-edit.ts";

interface EditOptions extends RevisionOption {
  readonly title?: string;
  readonly bodyFile?: string;
  readonly language?: string;
  readonly direction?: Direction | "inherit";
}

/** Takes the page's own language or direction away, so that its parent's holds. */
const INHERIT = "inherit";

export function addEditCommand(trips: Command): void {
  const language = languageOption("language of its text, or inherit");
  const parseLanguage = language.parseArg!;
  const command = trips
    .command("edit")
    .argument("<page>", NODE_ADDRESS)
    .summary("a page's text, title or language")
    .description("Change a page's text, title or language. Its address stays; `trips rename` changes it with the title.")
    .option("--title <title>", "new title")
    .addOption(bodyFileOption())
    .addOption(language.argParser((text, previous) => (text === INHERIT ? text : parseLanguage(text, previous))))
    .addOption(new Option("--direction <direction>", "direction of the text").choices(["ltr", "rtl", INHERIT]))
    .addOption(revisionOption())
    .action(async (address: string, options: EditOptions, command: Command) => {
      const { title, bodyFile, language, direction, revision } = options;
      if (title === undefined && bodyFile === undefined && language === undefined && direction === undefined) {
        throw new QRCardsError("usage", "Nothing to change: give --title, --body-file, --language or --direction.");
      }
      const text = bodyFile === undefined ? undefined : await readBody(bodyFile);
      const [{ editNode }, { storeBody }] = await Promise.all([import("../../trips/edits.ts"), import("../../trips/service.ts")]);
      await applyEdit(command, {
        done: "Edited",
        address,
        revision,
        prepare: async ({ trips }, id) => {
          const body = text === undefined ? undefined : await trips.prepareBody(text);
          return async (trx, at) =>
            editNode(
              trx,
              id,
              {
                ...(title !== undefined && { title }),
                ...(body && { contentHash: await storeBody(trx, body, at) }),
                ...(language !== undefined && { language: language === INHERIT ? null : language }),
                ...(direction !== undefined && { direction: direction === INHERIT ? null : direction }),
              },
              at,
            );
        },
      });
    });
  examples(command, [
    ["trips edit my-book/ch-1 --body-file ch-1.md", "new text from a file"],
    ["trips edit my-book/ch-1 --title 'One' --revision 4", "only if nobody was faster"],
  ]);
}

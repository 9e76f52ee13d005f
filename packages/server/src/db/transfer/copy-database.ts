import { QRCardsError } from "../../errors.ts";
import { type MoveOptions, moveContents, type TableReport } from "./move-contents.ts";
import { withSource, withTarget } from "./open-for-moving.ts";

export interface CopyReport {
  /** Files and URLs without what is secret in them. */
  readonly from: string;
  readonly to: string;
  readonly tables: readonly TableReport[];
}

export interface CopyOptions extends MoveOptions {
  readonly from: string;
  readonly to: string;
}

/**
 * Copies a database to another one of either kind, all of it or nothing; see `moveContents`. Both may be in use: what is
 * edited in the source meanwhile is not in the copy, and edits of the target wait.
 *
 * @throws QRCardsError `schema-older`, `schema-newer`, `database-unusable`, `database-unavailable`, and those of `moveContents`
 */
export function copyDatabase({ from, to, ...options }: CopyOptions): Promise<CopyReport> {
  return withSource(from, (source) =>
    withTarget(to, async (target) => {
      if (source.label === target.label) throw new QRCardsError("usage", `${source.label} would be copied to itself.`);
      return { from: source.label, to: target.label, tables: await moveContents(source, target, options) };
    }),
  );
}

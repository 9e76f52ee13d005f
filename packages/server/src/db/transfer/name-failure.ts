import { classifyDatabaseError, isUnusable } from "../../database-errors.ts";
import { QRCardsError } from "../../errors.ts";

/** Two databases take part: an error says which one it is about. */
export function nameFailure(label: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof QRCardsError) return error;
  const code = classifyDatabaseError(error);
  if (code === "busy") return new QRCardsError(code, `The database ${label} is busy.`, { cause: error });
  if (code !== undefined) return new QRCardsError(code, `The database ${label} does not answer.`, { cause: error });
  return isUnusable(error)
    ? new QRCardsError("database-unusable", `The database ${label} cannot be used: ${error.message}.`, { cause: error })
    : error;
}

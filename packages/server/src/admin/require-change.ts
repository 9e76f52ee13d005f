import { QRCardsError } from "../errors.ts";

/** @throws QRCardsError `validation-failed` for a PATCH that names no field: most likely one is misplaced */
export function requireChange(change: object): void {
  if (Object.keys(change).length === 0)
    throw new QRCardsError("validation-failed", "The edit changes nothing: it names no field but the revision.");
}

import type { OpenEdit } from "../history/recorder.ts";
import { keyOf } from "../load/author.ts";
import type { Site } from "../setups/site.ts";

/**
 * What the database says of each edit: at which version it stands, or that it is not there. The API's edits leave their key with
 * their answer in the very transaction; those by SQL are found in the log of changes.
 */
export async function settleEdits({ database }: Site): Promise<(edit: OpenEdit) => number | null> {
  const keys = await database.query("select key, body from idempotency_keys");
  const versions = new Map(keys.map(({ key, body }) => [key, (JSON.parse(String(body)) as { version: number }).version]));
  const changes = new Set((await database.query("select seq from changes")).map(({ seq }) => Number(seq)));
  return ({ id, by, answeredPosition }) => {
    if (by === "api") return versions.get(keyOf(id)) ?? null;
    return answeredPosition !== undefined && changes.has(answeredPosition) ? answeredPosition : null;
  };
}

import type { Db } from "../db/database.ts";
import { QRCardsError } from "../errors.ts";
import { getBody, getNode } from "./repository.ts";
import type { NodeId } from "./types.ts";

/** What an author had read of a node when deciding on an edit; undefined: did not say. */
export interface Expected {
  readonly id: NodeId | null;
  readonly revision?: number | undefined;
  readonly childrenRevision?: number | undefined;
}

/**
 * Holds what authors had read against what is there. Inside the edit's transaction, before its first write: nothing can
 * come in between, as every edit starts by taking the one write lock.
 *
 * @param wish what the edit wants, for the error to show beside what is there
 * @throws QRCardsError `revision-conflict` with `yours` and `current`
 */
export async function requireUnchanged(
  trx: Db,
  expected: readonly Expected[],
  wish: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  for (const { id, revision, childrenRevision } of expected) {
    if (id === null || (revision === undefined && childrenRevision === undefined)) continue;
    const node = await getNode(trx, id);
    if (revision !== undefined && revision !== node.revision) {
      const { title, segment, state, language, direction } = node;
      const body = await getBody(trx, node.contentHash);
      throw new QRCardsError("revision-conflict", `"${title}" (${id}) has revision ${node.revision} now; your edit is for ${revision}.`, {
        details: {
          yours: { ...wish, id, revision },
          current: { id, title, slug: segment, body, state, language, direction, revision: node.revision },
        },
      });
    }
    if (childrenRevision !== undefined && childrenRevision !== node.childrenRevision) {
      throw new QRCardsError(
        "revision-conflict",
        `The pages below "${node.title}" (${id}) have changed: childrenRevision is ${node.childrenRevision} now; your edit is for ${childrenRevision}.`,
        {
          details: {
            yours: { ...wish, id, childrenRevision },
            current: { id, title: node.title, childrenRevision: node.childrenRevision },
          },
        },
      );
    }
  }
}

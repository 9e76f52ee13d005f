import type { ResultOf, Routes } from "../../contract/index.ts";
import type { Db } from "../../db/database.ts";
import { QRCardsError } from "../../errors.ts";
import { createNode, deleteNode, editNode, mergeNode, moveNode, restoreNode } from "../../trips/edits.ts";
import { getNodeRecord } from "../../trips/node-record.ts";
import { getBody, getNode } from "../../trips/repository.ts";
import { requireUnchanged } from "../../trips/revisions.ts";
import { storeBody } from "../../trips/service.ts";
import type { ContentHash, NodeId, TripNode } from "../../trips/types.ts";
import type { ApiDeps, Handlers } from "../handler.ts";
import type { Done } from "../perform-edit.ts";
import { requireChange } from "../require-change.ts";
import { nodeHref, tripHref, viewNode } from "../views.ts";

type NodeAnswer = ResultOf<Routes["patchNode"]>;
type NodeHandlers = Pick<Handlers, "createNode" | "getNode" | "patchNode" | "moveNode" | "mergeNode" | "deleteNode" | "restoreNode">;

export function createNodeHandlers({ trips, publicUrl }: ApiDeps): NodeHandlers {
  const { db } = trips.database;

  async function read(from: Db, id: NodeId): Promise<{ answer: NodeAnswer; contentHash: ContentHash }> {
    const record = await getNodeRecord(from, id);
    const node = viewNode(record, publicUrl);
    const self = nodeHref(id);
    const links = {
      self,
      trip: tripHref(node.tripId),
      parent: node.parentId === null ? null : nodeHref(node.parentId),
      cards: `${self}/cards`,
      page: node.path,
    };
    return { answer: { node, version: record.tripVersion, links }, contentHash: record.node.contentHash };
  }

  const changed = (trx: Db, { id, tripId }: TripNode): Done<NodeAnswer> => ({ tripId, answer: async () => (await read(trx, id)).answer });

  return {
    async createNode({ body: { body = "", parentChildrenRevision, ...facts } }) {
      const prepared = await trips.prepareBody(body);
      return async (trx, at) => {
        await requireUnchanged(trx, [{ id: facts.parentId, childrenRevision: parentChildrenRevision }], facts);
        const contentHash = await storeBody(trx, prepared, at);
        return changed(trx, await createNode(trx, { state: "draft", ...facts, contentHash }, at));
      };
    },

    async getNode({ params }) {
      const { answer, contentHash } = await read(db, params.nodeId);
      return { ...answer, node: { ...answer.node, body: await getBody(db, contentHash) } };
    },

    async patchNode({ params: { nodeId }, body: { revision: _, ...wish }, revision }) {
      requireChange(wish);
      const { body, ...change } = wish;
      const prepared = body === undefined ? undefined : await trips.prepareBody(body);
      return async (trx, at) => {
        await requireUnchanged(trx, [{ id: nodeId, revision }], wish);
        const content = prepared && { contentHash: await storeBody(trx, prepared, at) };
        return changed(trx, await editNode(trx, nodeId, { ...change, ...content }, at));
      };
    },

    async moveNode({ params: { nodeId }, body, revision }) {
      const { parentId, placement } = body;
      if (parentId === undefined && placement === undefined) {
        throw new QRCardsError("validation-failed", "A move needs `parentId`, `placement` or both.");
      }
      return async (trx, at) => {
        const node = await getNode(trx, nodeId);
        await requireUnchanged(trx, [
          { id: nodeId, revision },
          { id: node.parentId, childrenRevision: body.parentChildrenRevision },
          { id: parentId ?? node.parentId, childrenRevision: body.newParentChildrenRevision },
        ]);
        return changed(trx, await moveNode(trx, nodeId, { ...(parentId && { parentId }), ...(placement && { placement }) }, at));
      };
    },

    async mergeNode({ params: { nodeId }, body, revision }) {
      return async (trx, at) => {
        const node = await getNonRoot(trx, nodeId);
        await requireUnchanged(trx, [
          { id: nodeId, revision, childrenRevision: body.childrenRevision },
          { id: node.parentId, childrenRevision: body.parentChildrenRevision },
          { id: body.intoId, childrenRevision: body.intoChildrenRevision },
        ]);
        return changed(trx, await mergeNode(trx, nodeId, body.intoId, at));
      };
    },

    async deleteNode({ params: { nodeId }, query: { successorId, parentChildrenRevision }, revision }) {
      return async (trx, at) => {
        const node = await getNonRoot(trx, nodeId);
        await requireUnchanged(trx, [
          { id: nodeId, revision },
          { id: node.parentId, childrenRevision: parentChildrenRevision },
        ]);
        return changed(trx, await deleteNode(trx, nodeId, { successorId: successorId ?? null }, at));
      };
    },

    async restoreNode({ params: { nodeId }, body: { parentChildrenRevision }, revision }) {
      return async (trx, at) => {
        const node = await getNonRoot(trx, nodeId);
        await requireUnchanged(trx, [
          { id: nodeId, revision },
          { id: node.parentId, childrenRevision: parentChildrenRevision },
        ]);
        return changed(trx, await restoreNode(trx, nodeId, at));
      };
    },
  };
}

/** A trip as a whole is deleted and restored by its own routes, so that nobody does it while meaning a page. */
async function getNonRoot(trx: Db, id: NodeId): Promise<TripNode> {
  const node = await getNode(trx, id);
  if (node.parentId === null) throw new QRCardsError("root-fixed", `"${node.title}" (${id}) is the page of trip ${node.tripId} itself.`);
  return node;
}

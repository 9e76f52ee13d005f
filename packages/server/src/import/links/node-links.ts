import type { NodeId } from "../../trips/types.ts";
import { findLinks, replaceLinks } from "./find-links.ts";
import { planAddress } from "./plan-address.ts";

/** `node:` addresses as `plan:` addresses: in another trip the nodes may get other ids. */
export function withPlanLinks(body: string, keyOf: ReadonlyMap<NodeId, string>): string {
  return replaceLinks(body, findLinks(body), ({ address }) => {
    const [, id = "", fragment = ""] = /^node:([^#]+)(#.*)?$/s.exec(address) ?? [];
    const key = keyOf.get(id);
    return key === undefined ? undefined : planAddress(key, fragment);
  });
}

/** The way back, for the keys whose ids are known. */
export function withNodeLinks(body: string, idOf: ReadonlyMap<string, NodeId>): string {
  return replaceLinks(body, findLinks(body), ({ address }) => {
    const [, key, fragment = ""] = /^plan:([^#]*)(#.*)?$/s.exec(address) ?? [];
    const id = key === undefined ? undefined : idOf.get(decodeKey(key));
    return id === undefined ? undefined : `node:${id}${fragment}`;
  });
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

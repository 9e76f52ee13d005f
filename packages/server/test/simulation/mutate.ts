import { fileURLToPath } from "node:url";
import { type Edit, withEditedSource } from "../../../cache/test/simulation/mutate.ts";
import { loadTested, type Tested } from "./tested.ts";

const CACHE = new URL("../../../cache/src/", import.meta.url);
const SERVER = new URL("../../src/", import.meta.url);

/** Edits of the source of both packages. */
export interface Edits {
  readonly cache?: readonly Edit[];
  readonly server?: readonly Edit[];
}

export const loadReal = (): Promise<Tested> => loadTested(CACHE.href, SERVER.href);

/** Runs `use` with both packages as they are after `edits`. */
export function withEdits<T>({ cache = [], server = [] }: Edits, use: (tested: Tested) => Promise<T>): Promise<T> {
  return withEditedSource(fileURLToPath(CACHE), cache, (cacheUrl) =>
    withEditedSource(fileURLToPath(SERVER), server, async (serverUrl) => use(await loadTested(cacheUrl, serverUrl))),
  );
}

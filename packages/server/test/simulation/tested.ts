import type { Library } from "../../../cache/test/simulation/world.ts";
import type * as databaseAuthority from "../../src/freshness/database-authority.ts";
import type * as neighbours from "../../src/freshness/neighbours.ts";
import type * as polls from "../../src/freshness/polls.ts";
import type * as registry from "../../src/freshness/registry.ts";
import type * as visibility from "../../src/freshness/visibility.ts";
import type * as service from "../../src/trips/service.ts";

type ServerParts = typeof databaseAuthority & typeof neighbours & typeof polls & typeof registry & typeof visibility & typeof service;

/** What a simulated process is made of: the real cache and the real server, or mutants of them. */
export interface Tested {
  readonly cache: Library;
  readonly server: ServerParts;
}

const PARTS = ["freshness/database-authority", "freshness/neighbours", "freshness/polls", "freshness/registry", "freshness/visibility"];

/** @param cacheUrl folders of source, with a slash at the end */
export async function loadTested(cacheUrl: string, serverUrl: string): Promise<Tested> {
  const parts = await Promise.all([...PARTS, "trips/service"].map((name) => import(`${serverUrl}${name}.ts`)));
  return { cache: (await import(`${cacheUrl}index.ts`)) as Library, server: Object.assign({}, ...parts) as ServerParts };
}

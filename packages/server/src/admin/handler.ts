import type { CardService } from "../cards/card-service.ts";
import type { PartValue, ResultOf, Route, RouteName, Routes } from "../contract/index.ts";
import type { Patience } from "../freshness/patience.ts";
import type { Visibility } from "../freshness/visibility.ts";
import type { ExplainDeps } from "../operations/explain-tiers.ts";
import type { Flusher } from "../operations/flush.ts";
import type { Services } from "../services.ts";
import type { AssetService } from "../trips/asset-service.ts";
import type { TripService } from "../trips/service.ts";
import type { Edit } from "./perform-edit.ts";

/** What the handlers work with. */
export interface ApiDeps {
  readonly trips: TripService;
  readonly visibility: Visibility;
  readonly patience: Pick<Patience, "ask">;
  readonly flusher: Flusher;
  readonly cards: CardService;
  /** Structures. */
  readonly cache: Services["cache"];
  readonly freshness: Services["freshness"];
  readonly config: Services["config"];
  readonly pages: ExplainDeps["pages"];
  readonly assets: AssetService;
  /** Origin of every absolute address, without a slash at its end. */
  readonly publicUrl: string;
}

/** A request that holds what its route's schemas say. */
export interface Input<R extends Route> {
  readonly params: PartValue<R, "params">;
  readonly query: PartValue<R, "query">;
  readonly body: PartValue<R, "body">;
  /** The revision that the author had read, from wherever the request says it. */
  readonly revision: number | undefined;
  /** Who asks, as the audit has it: `token:ID`. */
  readonly actor: string;
}

/** A GET answers; anything else makes an edit ready, which runs once, with its Idempotency-Key, in a transaction. */
export type Handler<R extends Route> = R["method"] extends "GET"
  ? (input: Input<R>) => Promise<ResultOf<R>>
  : (input: Input<R>) => Promise<Edit<ResultOf<R>>>;

/** One for each route of the contract: the compiler sees to it. */
export type Handlers = { readonly [Name in RouteName]: Handler<Routes[Name]> };

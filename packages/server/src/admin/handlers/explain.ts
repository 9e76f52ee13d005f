import { explainWithTiers } from "../../operations/explain-tiers.ts";
import type { ApiDeps, Handlers } from "../handler.ts";

export function createExplainHandlers({ pages, ...services }: ApiDeps): Pick<Handlers, "explain"> {
  return {
    explain: ({ query: { url } }) => explainWithTiers({ services, pages }, url),
  };
}

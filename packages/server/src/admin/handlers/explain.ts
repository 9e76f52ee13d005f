import { explainWithTiers } from "../../operations/explain-tiers.ts";
import type { ApiDeps, Handlers } from "../handler.ts";

export function createExplainHandlers({ pages, ...services }: ApiDeps): Pick<Handlers, "explain"> {
  return {
    async explain({ query: { url } }) {
      const { steps, ...explanation } = await explainWithTiers({ services, pages }, url);
      return {
        ...explanation,
        steps: steps.map(({ step, ms, text, places }) => ({
          step,
          ms,
          text,
          ...(places && { places: places.map((place) => ({ ...place, pages: [...place.pages] })) }),
        })),
      };
    },
  };
}

import { QRCardsError } from "../../errors.ts";
import type { ApiDeps, Handlers } from "../handler.ts";

export function createChangeHandlers({ visibility }: ApiDeps): Pick<Handlers, "getChange"> {
  return {
    async getChange({ params: { seq } }) {
      const visible = await visibility.everywhereSince(seq);
      if (visible === undefined) throw new QRCardsError("not-found", `There has been no change ${seq} yet.`);
      return { seq, visible: "everywhere" };
    },
  };
}

import type { Link } from "./link.ts";
import type { Settings } from "./options.ts";
import { SingleServer } from "./single-server.ts";

/** Begins to connect to what the settings name. */
export function openLink(settings: Settings): Link {
  const { place } = settings;
  if (place.kind !== "server") throw new Error("to do");
  return new SingleServer({ settings, findServer: async () => place.address });
}

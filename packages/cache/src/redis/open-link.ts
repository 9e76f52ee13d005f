import { Cluster } from "./cluster.ts";
import { findMaster } from "./find-master.ts";
import type { Link } from "./link.ts";
import type { Settings } from "./options.ts";
import { SingleServer } from "./single-server.ts";

/** Begins to connect to what the settings name. */
export function openLink(settings: Settings): Link {
  const { place } = settings;
  switch (place.kind) {
    case "server": {
      const { host, port } = place.address;
      return new SingleServer({ settings, name: `Redis at ${host}:${port}`, findServer: async () => place.address });
    }
    case "sentinel": {
      const findServer = (signal: AbortSignal) => findMaster(settings, place, signal);
      return new SingleServer({ settings, name: `Redis "${place.name}"`, findServer, followsMaster: true });
    }
    case "cluster":
      return new Cluster(settings, place.nodes);
  }
}

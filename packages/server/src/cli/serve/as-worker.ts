import type { WorkerLink } from "../../cluster/worker-link.ts";
import type { Config } from "../../config.ts";
import type { Services } from "../../services.ts";
import { serveHere } from "./serve-here.ts";
import type { StopOrder } from "./stop-order.ts";

/** Serves as a worker of the primary that started this process. What it has to say goes there, but for errors. */
export async function serveAsWorker(config: Config, describe: (services: Services) => Promise<string>): Promise<void> {
  const { WorkerLink } = await import("../../cluster/worker-link.ts");
  const link = new WorkerLink();
  try {
    await serveHere({
      config,
      stop: stopWhenTold(link),
      ready: async (services) => link.ready(await describe(services)),
    });
  } finally {
    link.leave();
  }
}

function stopWhenTold(link: WorkerLink): StopOrder {
  const given = Promise.withResolvers<string>();
  const hurried = Promise.withResolvers<void>();
  link.listen("drain", ({ patient }) => {
    given.resolve("told to drain");
    if (!patient) hurried.resolve();
  });
  return { given: given.promise, hurried: hurried.promise };
}

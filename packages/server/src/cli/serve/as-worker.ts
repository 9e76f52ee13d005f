import type { WorkerLink } from "../../cluster/worker-link.ts";
import type { Config } from "../../config.ts";
import type { Services } from "../../services.ts";
import { serveHere } from "./serve-here.ts";
import type { StopOrder } from "./stop-order.ts";

/** Serves as a worker of the primary that started this process. What it has to say goes there, but for errors. */
export async function serveAsWorker(config: Config, describe: (services: Services) => Promise<string>): Promise<void> {
  const [{ WorkerLink }, { createIpcChannel }] = await Promise.all([
    import("../../cluster/worker-link.ts"),
    import("../../cluster/ipc-channel.ts"),
  ]);
  const link = new WorkerLink();
  try {
    await serveHere({
      config,
      // One that takes another one's place finds what that one had, or waits for it.
      makesDatabase: link.isFirst,
      channels: [createIpcChannel(link)],
      stop: stopWhenTold(link),
      // At once, so that the primary knows whom to strike off, however early this process ends.
      onRegistered: (id) => link.tell({ kind: "registered", id }),
      overdue: () => {
        process.exitCode = 1;
      },
      ready: async (services, app) => {
        strikeOffTheDead(link, services);
        link.answer("metrics", () => app.metrics());
        link.ready(await describe(services));
      },
    });
  } finally {
    link.leave();
  }
}

/** So that edits need not wait for a worker that has died until it is found silent. */
function strikeOffTheDead(link: WorkerLink, { registry }: Services): void {
  // What the database does not take now is tried again.
  link.listen("gone", ({ ids }) => void registry.forget(ids).catch(() => {}));
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

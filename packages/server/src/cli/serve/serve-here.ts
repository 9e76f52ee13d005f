import type { App } from "../../app.ts";
import type { Config } from "../../config.ts";
import type { Channel } from "../../freshness/channel.ts";
import type { Services } from "../../services.ts";
import { listen } from "./listen.ts";
import type { StopOrder } from "./stop-order.ts";

export interface ServeHereOptions {
  readonly config: Config;
  /** Whether a SQLite database that is not there is made. Default true. */
  readonly makesDatabase?: boolean;
  /** Called with each id that this process gets as a worker, before it has a lease under it. */
  readonly onRegistered?: (id: string) => void;
  /** To other processes on the same database, besides Redis. Default none. */
  readonly channels?: readonly Channel[];
  readonly stop: StopOrder;
  /** Called once it listens. */
  ready(services: Services, app: App): Promise<void>;
  /** Called when it begins to stop. */
  stopping?(reason: string): void;
  /** Called when it leaves although something is still under way. */
  overdue?(limitMs: number): void;
}

/** What is under way may take this long when the server is told to stop, idle connections included where nobody hurries. */
const PATIENT_LIMIT_MS = 10_000;
const HURRIED_LIMIT_MS = 5_000;

/** Serves in this process, until it is told to stop. */
export async function serveHere({
  config,
  makesDatabase = true,
  channels = [],
  stop,
  onRegistered,
  ...on
}: ServeHereOptions): Promise<void> {
  const [{ createServices }, { buildApp }] = await Promise.all([import("../../services.ts"), import("../../app.ts")]);
  const services = await createServices(config, { serving: true, makesDatabase, channels, ...(onRegistered && { onRegistered }) });
  const leaveAfter = (limitMs: number) => {
    const leave = () => {
      on.overdue?.(limitMs);
      process.exit();
    };
    // When all has ended before, this holds nothing open.
    setTimeout(leave, limitMs).unref();
  };
  let app: App | undefined;
  let isStopping = false;
  try {
    app = await buildApp(services);
    await listen(app.server, config);
    await on.ready(services, app);
    const reason = await stop.given;
    isStopping = true;
    on.stopping?.(reason);
    leaveAfter(PATIENT_LIMIT_MS);
    await Promise.race([app.drain(), stop.hurried]);
  } finally {
    // A start that failed still has to say why.
    if (isStopping) leaveAfter(HURRIED_LIMIT_MS);
    await app?.close();
    await services.close();
  }
}

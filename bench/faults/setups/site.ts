import type { FaultProxy } from "@qrcards/cache/testing";
import type { RedisServer } from "../../../packages/cache/test/support/redis-server.ts";
import type { Cable } from "../../../packages/server/test/delivery/cable.ts";
import type { Recorder } from "../history/recorder.ts";
import type { Spotlight } from "../load/spotlight.ts";
import type { PlantedSite } from "../site/plant-site.ts";
import type { SiteDatabase } from "../site/site-database.ts";
import type { Machine } from "./machine.ts";

export type SetupName = "sqlite" | "postgres";

/** A whole installation as real processes, with everything at hand that can be done to it. */
export interface Site {
  readonly setup: SetupName;
  readonly recorder: Recorder;
  readonly planted: PlantedSite;
  readonly spotlight: Spotlight;
  readonly machines: readonly Machine[];
  readonly database: SiteDatabase;
  readonly redis: RedisServer | undefined;
  /** Each machine's own line to Redis, in the order of the machines. */
  readonly redisLines: readonly FaultProxy[];
  /** Each machine's own line to PostgreSQL. */
  readonly cables: readonly Cable[];
  close(): Promise<void>;
}

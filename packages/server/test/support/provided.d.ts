import "vitest";

declare module "vitest" {
  /** What scripts/test-services.mjs started for this project; undefined: not on this machine, or not for this project. */
  interface ProvidedContext {
    /** A superuser's URL of a PostgreSQL that belongs to this test run. */
    postgresUrl: string | undefined;
    redisUrl: string | undefined;
    chromiumPath: string | undefined;
  }
}

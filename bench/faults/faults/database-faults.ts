import type { Site } from "../setups/site.ts";
import type { FaultKind, Struck } from "./fault-kind.ts";

/** Holds the lock that every edit needs. */
async function lock({ database, setup }: Site): Promise<Struck> {
  const held = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const holding = database.transaction(async (query) => {
    if (setup === "postgres") await query("select seq from meta for update");
    held.resolve();
    await over.promise;
  });
  await Promise.race([held.promise, holding]);
  return {
    async end() {
      over.resolve();
      await holding;
    },
  };
}

export const LOCKED: FaultKind = { kind: "database locked", strikes: "database", lastsMs: [1_000, 7_000], strike: lock };

/** What can befall a PostgreSQL and the lines to it. */
export const POSTGRES_FAULTS: readonly FaultKind[] = [
  LOCKED,
  {
    kind: "database unreachable",
    strikes: "database",
    away: true,
    lastsMs: [1_000, 5_000],
    async strike({ cables }) {
      for (const cable of cables) cable.cut();
      return {
        async end() {
          for (const cable of cables) cable.mend();
        },
      };
    },
  },
  {
    kind: "database silent",
    strikes: "database",
    away: true,
    lastsMs: [1_000, 5_000],
    async strike({ cables }) {
      for (const cable of cables) cable.freeze();
      return {
        async end() {
          for (const cable of cables) cable.mend();
        },
      };
    },
  },
  {
    kind: "one machine cut off",
    strikes: "database",
    away: true,
    lastsMs: [1_000, 4_000],
    async strike({ cables, machines }, random) {
      const one = random.below(machines.length);
      cables[one]!.cut();
      return {
        target: machines[one]!.name,
        async end() {
          cables[one]!.mend();
        },
      };
    },
  },
  {
    kind: "database ends connections",
    strikes: "database",
    lastsMs: [200, 1_000],
    async strike({ database }) {
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> 'faults'",
      );
      return { end: async () => {} };
    },
  },
];

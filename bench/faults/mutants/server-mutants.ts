import type { SetupName } from "../setups/site.ts";
import type { SourceEdit } from "./patch-sources.ts";

/** The product with a mistake in it that is easily made: the run must show it. */
export interface ServerMutant {
  readonly mistake: string;
  readonly setup: SetupName;
  /** The faults that bring it to light. */
  readonly faults: readonly string[];
  readonly edits: readonly SourceEdit[];
}

const ACK_NOW: SourceEdit = {
  file: "server/src/freshness/visibility.ts",
  find: "const by = await this.#settled(commit, at);",
  replace: 'const by = "acknowledgements" as const;',
};

const NO_LEASE: SourceEdit = {
  file: "cache/src/freshness.ts",
  find: "return this.clock.now() < this.verifiedUntil && this.vouchesFor(of);",
  replace: "return this.vouchesFor(of);",
};

export const SERVER_MUTANTS: Readonly<Record<string, ServerMutant>> = {
  naive: {
    mistake: "as it is usually done: an edit publishes what changed, and what is not heard lives on until its time is over",
    setup: "postgres",
    faults: ["subscriptions killed", "messages lost", "redis connections reset"],
    edits: [
      ACK_NOW,
      NO_LEASE,
      { file: "cache/src/freshness.ts", find: `if (version < newest) return "superseded";`, replace: "" },
      {
        file: "cache/src/poller.ts",
        find: "this.clock.after(this.#pollEveryMs,",
        replace: "this.clock.after(10_000 + 0 * this.#pollEveryMs,",
      },
    ],
  },
  noLease: {
    mistake: "memory is believed however long ago the database was asked",
    setup: "postgres",
    faults: ["worker stopped", "database unreachable", "one machine cut off"],
    edits: [NO_LEASE],
  },
  ackNow: {
    mistake: "an edit is acknowledged as soon as it is committed",
    setup: "sqlite",
    faults: ["worker stopped", "worker blocked"],
    edits: [ACK_NOW],
  },
};

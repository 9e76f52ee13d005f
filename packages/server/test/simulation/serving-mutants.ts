import type { Edit } from "../../../cache/test/simulation/mutate.ts";
import type { Edits } from "./mutate.ts";
import type { SCRIPTS } from "./scripts.ts";
import type { Mistakes } from "./serving-world.ts";

/** A sentence of the protocol taken out, which stands for a mistake that is easily made. */
export interface ServingMutant extends Edits {
  readonly mistake: string;
  /** What the simulation itself, which stands for who wires the parts, does wrong. */
  readonly mistakes?: Mistakes;
}

/** One that needs so much at once that no seed can be waited for: it falls in a script. */
export interface ScriptedMutant extends ServingMutant {
  readonly script: keyof typeof SCRIPTS;
}

const VISIBILITY = "freshness/visibility.ts";
const REGISTRY = "freshness/registry.ts";
const HISTORY = "freshness/polled-history.ts";
const SERVICE = "trips/service.ts";
const POLLER = "poller.ts";

/** What the service tells of an edit besides, and finds out before its transaction begins. */
function toldBeforeCommit(name: string, find: string, method: string): readonly Edit[] {
  const begin = "    const done = await transaction(this.database, async (trx) => {\n      const result = await edit";
  return [
    { file: VISIBILITY, find: "  close(): void {", replace: `  ${method}\n  close(): void {` },
    { file: SERVICE, find: begin, replace: `    const ${name} = await this.#visibility.${find};\n${begin}` },
    { file: SERVICE, find: "this.#visibility.everywhere({ seq, stamp })", replace: `this.#visibility.everywhere({ seq, stamp, ${name} })` },
  ];
}

/** They fall within a few runs. */
export const QUICK_MUTANTS: Readonly<Record<string, ServingMutant>> = {
  ackNow: {
    mistake: "an edit is said to be visible when the editor itself sees it",
    server: [{ file: VISIBILITY, find: "others.every((id) => this.#hasPolled(id, seq))", replace: "true" }],
  },
  ackCumulative: {
    mistake: "a worker acknowledges what it hears that others have polled",
    server: [
      {
        file: "freshness/neighbours.ts",
        find: "else if (message !== undefined) for (const listener of listeners) listener(message.id, message);",
        replace: `else if (message !== undefined) {
      for (const listener of listeners) listener(message.id, message);
      if (registry?.id === undefined || message.seq <= acknowledgedSeq) return;
      acknowledgedSeq = message.seq;
      send({ ...message, id: registry.id });
    }`,
      },
    ],
  },
  registryAwaited: {
    mistake: "an edit waits for the registry's answer before it counts the time",
    server: [{ file: VISIBILITY, find: "    this.#expect(commit).then(", replace: "    await this.#expect(commit).then(" }],
  },
  driftSlow: {
    mistake: "a lease lasts all of L, though clocks differ",
    cache: [{ file: POLLER, find: "const LEASE_SHARE = 0.95;", replace: "const LEASE_SHARE = 1;" }],
  },
  leaseFromReply: {
    mistake: "the lease counts from the poll's answer",
    cache: [{ file: POLLER, find: "askedAt + LEASE_SHARE * this.#leaseMs", replace: "this.clock.now() + LEASE_SHARE * this.#leaseMs" }],
  },
  busEstablishes: {
    mistake: "being told to poll extends the lease",
    cache: [
      {
        file: POLLER,
        find: "  hear(): Promise<void> {\n",
        replace: "  hear(): Promise<void> {\n    this.verifiedUntil = this.clock.now() + LEASE_SHARE * this.#leaseMs;\n",
      },
    ],
  },
};

/** These need something rare, and so more runs. */
export const RARE_MUTANTS: Readonly<Record<string, ServingMutant>> = {
  ackEmptyRegistry: {
    mistake: "those are waited for who have been heard, not those who are registered",
    server: [
      { file: VISIBILITY, find: "const others = registered.filter(", replace: "const others = [...this.#acknowledged.keys()].filter(" },
    ],
  },
  deadlineFromStart: {
    mistake: "the wait for the leases counts from before the commit",
    server: toldBeforeCommit("at", "now()", "now() { return this.#clock.now(); }"),
  },
  reusedWorkerId: {
    mistake: "a process registers under the id of the one whose place it takes",
    server: [
      { file: REGISTRY, find: `const id = randomBytes(12).toString("base64url");`, replace: "const id = this.#database.label;" },
      {
        file: REGISTRY,
        find: ".values({ id, seen_at: this.#now(), removed_at: null })",
        replace: `.values({ id, seen_at: this.#now(), removed_at: null })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ seen_at: this.#now(), removed_at: null }))`,
      },
    ],
  },
  unregisteredLeases: {
    mistake: "a poll that does not find the worker's row gives a lease all the same",
    server: [
      {
        file: "freshness/database-authority.ts",
        find: "if (registered || registry === undefined) return answer;",
        replace: "if (registered || registry?.id !== undefined) return answer;",
      },
    ],
  },
  forgetAlive: {
    mistake: "when a process has ended, others are forgotten with it",
    server: [{ file: REGISTRY, find: `.where("id", "in", gone)`, replace: "" }],
  },
  leaveBeforeClose: {
    mistake: "a worker leaves the registry while it still serves",
    mistakes: { leavesFirst: true },
  },
};

/** Each falls in a script, which the real code passes. */
export const SCRIPTED_MUTANTS: Readonly<Record<string, ScriptedMutant>> = {
  registryBeforeCommit: {
    script: "a worker starts, and polls, between the beginning of an edit and its commit",
    mistake: "who is waited for was read before the commit",
    server: [
      ...toldBeforeCommit("early", "list()", "list() { return this.#registry.list().catch(() => undefined); }"),
      { file: VISIBILITY, find: "async #expect({ seq, stamp }", replace: "async #expect({ seq, stamp, early }" },
      { file: VISIBILITY, find: "Promise.all([this.#registry.list(), ", replace: "Promise.all([early ?? this.#registry.list(), " },
    ],
  },
  janitorNoGrace: {
    script: "a worker that cannot write is marked as removed, and cannot poll any more, when somebody edits",
    mistake: "a row that is marked as removed is deleted at the next look",
    server: [{ file: REGISTRY, find: "removedAt !== null && now - sighting.since > this.#leaseMs", replace: "removedAt !== null" }],
  },
  janitorForgetsNoMark: {
    script: "a worker is marked as removed, revived with the registry, and marked again",
    mistake: "a row that is marked a second time is taken for seen as removed all along",
    server: [
      { file: REGISTRY, find: "sighting.removedAt !== removedAt", replace: "(sighting.removedAt === null) !== (removedAt === null)" },
    ],
  },
  removedRowStillLeases: {
    script: "a worker that cannot write polls until its row is deleted",
    mistake: "a worker whose row is marked as removed goes on under it",
    server: [{ file: "freshness/polls.ts", find: " and removed_at is null", replace: "" }],
  },
  ackWithoutStamp: {
    script: "a worker has acknowledged a change that is lost, and another one gets its number",
    mistake: "an acknowledgement is believed by its number, whatever history it is of",
    server: [{ file: HISTORY, find: "seq >= from && this.has(seq, stamp)", replace: "seq >= from" }],
  },
  ackAfterRestoreAtOnce: {
    script: "the registry is put back as it was before a worker started",
    mistake: "acknowledgements count right after a break, when the registry may have been restored too",
    server: [{ file: VISIBILITY, find: "if (this.#clock.now() - unbrokenSince < this.#leaseMs) return undefined;", replace: "" }],
  },
  historyNotCleared: {
    script: "a change is lost, and somebody waits for the one that gets its number",
    mistake: "what was polled before a break is still taken for this history",
    server: [{ file: HISTORY, find: "    this.#changes.clear();\n", replace: "" }],
  },
};

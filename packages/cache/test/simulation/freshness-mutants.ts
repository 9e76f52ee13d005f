import type { Edit, Mutants } from "./mutate.ts";

/** Not a mutant: the same algorithm, forgetting what nobody holds as early as it can. */
export const EAGER_SWEEP: readonly Edit[] = [
  { file: "freshness.ts", find: "if (this.#known.size > this.#sweepAt) this.#sweep(tag);", replace: "this.#sweep(tag);" },
];

/** They fall with one worker, and without a second tier. */
export const FRESHNESS_MUTANTS: Mutants = {
  installBlind: {
    mistake: "a load installs what it read although something newer is known",
    edits: [{ file: "freshness.ts", find: `if (version < newest) return "superseded";`, replace: "" }],
  },
  lazyNoPlaceholder: {
    mistake: "changes polled during a load are not remembered for tags that were not known before",
    edits: [
      { file: "freshness.ts", find: "this.#history.add(change);", replace: "this.#history.add({ seq: change.seq, stamp: change.stamp });" },
    ],
  },
  loadAheadOfPoll: {
    mistake: "a load may install what no poll has seen yet",
    edits: [
      { file: "freshness.ts", find: "await this.hear();", replace: "return;" },
      { file: "freshness.ts", find: `if (!this.#history.contains(ticket, head)) return "unknown";`, replace: "" },
    ],
  },
  dropKeepsFlight: {
    mistake: "a load that began before a break goes on as if nothing had happened",
    edits: [
      {
        file: "freshness.ts",
        find: `if (ticket.generation !== this.generation) return "unknown";`,
        replace: "Object.assign(ticket, { generation: this.generation });",
      },
      { file: "freshness.ts", find: "this.#history.restart();", replace: "" },
      { file: "invalidate.ts", find: "  flights.detachAll();\n  values.clear();", replace: "  values.clear();" },
    ],
  },
  pollNoStamp: {
    mistake: "the change polled last is not compared, only its number",
    edits: [{ file: "poller.ts", find: `if (stamp !== position.stamp) return BREAK.another;`, replace: "" }],
  },
  leaseFromReply: {
    mistake: "the lease counts from the poll's answer",
    edits: [
      { file: "poller.ts", find: "askedAt + LEASE_SHARE * this.#leaseMs", replace: "this.clock.now() + LEASE_SHARE * this.#leaseMs" },
    ],
  },
  cachedClock: {
    mistake: "the time of the last poll is taken for the present",
    edits: [{ file: "entry.ts", find: "const now = clock.now();", replace: "const now = voucher.leaseUntil - 1_900;" }],
  },
  joinAny: {
    mistake: "a reader takes whatever the load it joined returns",
    edits: [
      {
        file: "read.ts",
        find: `flight.readBeganAt > arrivedAt || (flight.overtakenAt > arrivedAt && (status === "grace" || knowledge.isCurrent(entry)))`,
        replace: "true",
      },
    ],
  },
  hearJoins: {
    mistake: "hearing is content with a poll that had started before",
    edits: [
      {
        file: "poller.ts",
        find: "if (this.#nextPoll !== undefined) return this.#nextPoll;",
        replace: "if (this.#polling !== undefined) return this.#polling;",
      },
    ],
  },
  unknownIsCurrent: {
    mistake: "a tag of which nothing is known counts as unchanged, and what nobody holds is forgotten",
    edits: [
      {
        file: "freshness.ts",
        find: "return known !== undefined && of.version >= known.version &&",
        replace: "return of.version >= (known?.version ?? -1) &&",
      },
      { file: "freshness.ts", find: "const FEWEST_TAGS_TO_SWEEP = 1_024;", replace: "const FEWEST_TAGS_TO_SWEEP = 1;" },
    ],
  },
  replacedStandsIn: {
    mistake: "what is held stands in for a load that fails or is slow, although something newer is known",
    edits: [
      {
        file: "freshness.ts",
        find: "if (known === undefined || of.version < (known.softened?.from ?? known.version)) return false;",
        replace: "if (known === undefined) return false;",
      },
      { file: "freshness.ts", find: "Math.min(known.softened!.at, generationUntil)", replace: "generationUntil" },
    ],
  },
  standsInForEver: {
    mistake: "what was last known to be current long ago still stands in while nobody can be asked",
    edits: [{ file: "freshness.ts", find: "this.clock.now() < currentUntil + this.#standInMs", replace: "true" }],
  },
};

/** They fall with several workers that share a second tier. */
export const SHARED_FRESHNESS_MUTANTS: Mutants = {
  l2AcceptUnknown: {
    mistake: "a frame is believed without asking the database for its version",
    edits: [
      {
        file: "freshness.ts",
        find: "    if (tag === undefined) return undefined;\n    const { position } = this;",
        replace: "    return undefined;\n    const { position } = this;",
      },
      {
        file: "freshness.ts",
        find: `    if (reading === undefined || frame.epoch !== this.history || frame.tag !== reading.tag) return "refused";`,
        replace: `    if (frame.epoch !== this.history) return "refused";\n    reading = { ...frame, head: this.position! };`,
      },
    ],
  },
  l2EqualVersionNoStamp: {
    mistake: "a frame of the same number is believed, though after a restore that stood for something else",
    edits: [{ file: "freshness.ts", find: " || frame.stamp !== reading.stamp", replace: "" }],
  },
  l2OtherVersion: {
    mistake: "a frame is believed if its tag has any version",
    edits: [{ file: "freshness.ts", find: "frame.version !== reading.version || frame.stamp !== reading.stamp", replace: "false" }],
  },
  epochIgnored: {
    mistake: "a frame from before a flush is believed",
    edits: [{ file: "freshness.ts", find: "frame.epoch !== this.history || ", replace: "" }],
  },
};

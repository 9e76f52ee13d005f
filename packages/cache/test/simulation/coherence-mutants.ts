import type { Mutants } from "./mutate.ts";

/** They fall among processes that keep themselves coherent by a shared log. */
export const COHERENCE_MUTANTS: Mutants = {
  unverifiedTrustsTier: {
    mistake: "the second tier is believed although invalidations of this process wait to be told",
    edits: [{ file: "coherence.ts", find: " && this.#outbox.empty;", replace: ";" }],
  },
  leaseOverTrustsTier: {
    mistake: "the second tier is believed although the lease is over",
    edits: [{ file: "coherence.ts", find: "return this.clock.now() < this.verifiedUntil && this", replace: "return this" }],
  },
  pollBeforeJournal: {
    mistake: "a poll counts although the journal is told only meanwhile",
    edits: [
      {
        file: "coherence.ts",
        find: "return this.#outbox.tell();",
        replace: "this.#outbox.tell()?.catch(() => {});\n    return undefined;",
      },
      { file: "outbox.ts", find: "if (this.#told?.letter.isHeard()) this", replace: "if (true) this" },
    ],
  },
  announceWithoutHear: {
    mistake: "a delete is done as soon as the log has it, before this process has polled it",
    edits: [
      { file: "outbox.ts", find: "await this.#inTime(ear.hear());", replace: "" },
      { file: "outbox.ts", find: "if (!letter.isHeard()) throw late();", replace: "" },
    ],
  },
  toldIsHeard: {
    mistake: "an invalidation counts as told when the log has it, though the log may lose it before the next poll",
    edits: [
      { file: "outbox.ts", find: "if (!letter.isHeard()) throw late();", replace: "" },
      { file: "outbox.ts", find: "if (this.#told?.letter.isHeard()) this", replace: "if (true) this" },
    ],
  },
  toldIsForgotten: {
    mistake: "the journal is empty when it was told, before it was polled",
    edits: [{ file: "outbox.ts", find: "4 * timeoutMs);\n", replace: "4 * timeoutMs);\n    this.#forgetTold();\n" }],
  },
  deferredKeepsPromoted: {
    mistake: "what the second tier gave while a delete was being told stays when that is put off",
    edits: [{ file: "coherence.ts", find: "for (const word of words) this.#tellHolders(word, Number.POSITIVE_INFINITY);", replace: "" }],
  },
  setWithLoadersVersion: {
    mistake: "a value that is set is as old as what was polled then, not as its own change",
    edits: [{ file: "write.ts", find: "{ ...begun, seq }", replace: "knowledge.begin()" }],
  },
  setBegunLate: {
    mistake: "what is polled while a set is announced is not weighed against it",
    edits: [
      {
        file: "write.ts",
        find: "const ticket = seq === undefined ? begun : { ...begun, seq };",
        replace: "const ticket = { ...knowledge.begin(), ...(seq === undefined ? {} : { seq }) };",
      },
    ],
  },
  setJoinedTooLong: {
    mistake: "a set can be joined until the second tier has its value",
    edits: [
      { file: "write.ts", find: "outcome = { reach, written };", replace: "outcome = { reach, written };\n      await written.shipped;" },
    ],
  },
  changesAfterBeginIgnored: {
    mistake: "what changed since a load or a set began is not weighed against its value",
    edits: [
      {
        file: "coherence.ts",
        find: `return this.#changes.changedSince(seq, all) || this.#expiredSince(seq, all) ? "superseded" : "admitted";`,
        replace: `return "admitted";`,
      },
    ],
  },
  expiredSinceIgnored: {
    mistake: "an expire since a set began is not weighed against its value",
    edits: [
      {
        file: "coherence.ts",
        find: "this.#changes.changedSince(seq, all) || this.#expiredSince(seq, all)",
        replace: "this.#changes.changedSince(seq, all)",
      },
    ],
  },
  completeFromIgnored: {
    mistake: "a frame counts as unchanged if no change of it is remembered, however far the memory reaches",
    edits: [{ file: "coherence.ts", find: " || !this.#changes.reaches(frame.version)", replace: "" }],
  },
  completeFromIgnoredByLoads: {
    mistake: "a load counts as unchanged if no change of it is remembered, however far the memory reaches",
    edits: [{ file: "coherence.ts", find: `if (!this.#changes.reaches(seq)) return "superseded";`, replace: "" }],
  },
  putDetachedByOwnChange: {
    mistake: "a set is beaten by its own change",
    edits: [{ file: "flight.ts", find: "if (this.#byKey.get(key)?.isPut === false) this.detach(key);", replace: "this.detach(key);" }],
  },
  loadNotDetached: {
    mistake: "a load in progress is not detached when what it is of was changed elsewhere",
    edits: [
      { file: "invalidate.ts", find: "flights.detachLoad(key);", replace: "" },
      { file: "invalidate.ts", find: "flights.detachTags([tag], true);", replace: "" },
    ],
  },
  notDroppedWhenHeard: {
    mistake: "what is held of a key that was changed elsewhere stays",
    edits: [{ file: "invalidate.ts", find: "dropKey(parts, key, soft, undefined, seq);", replace: "" }],
  },
  epochIgnored: {
    mistake: "a frame of another epoch is believed",
    edits: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source code.
      { file: "coherence.ts", find: "!frame.epoch.startsWith(`${position.epoch}.`) || ", replace: "" },
      { file: "coherence.ts", find: "if (frame.epoch !== history)", replace: `if (frame.epoch.split(".")[1] !== history?.split(".")[1])` },
    ],
  },
  softFlushIgnored: {
    mistake: "a frame from before a soft flush is believed",
    edits: [{ file: "coherence.ts", find: `if (frame.epoch !== history) return "over";`, replace: "" }],
  },
  frameTagsIgnored: {
    mistake: "a frame is judged by its key, not by its tags",
    edits: [{ file: "coherence.ts", find: "[wordOfKey(frame.key), ...frame.tags.map(wordOfTag)]", replace: "[wordOfKey(frame.key)]" }],
  },
  frameExpiryIgnored: {
    mistake: "a frame from before an expire is believed",
    edits: [
      { file: "coherence.ts", find: `return this.#expiredSince(frame.version, words) ? "over" : "current";`, replace: `return "current";` },
    ],
  },
  versionAfterContent: {
    mistake: "a value is as old as what had been polled when its load ended, and nothing fences the load",
    edits: [
      { file: "load.ts", find: "flight, ticket, loaded,", replace: "flight, knowledge.begin(), loaded," },
      { file: "invalidate.ts", find: "flights.detachLoad(key);", replace: "" },
      { file: "invalidate.ts", find: "flights.detachTags([tag], true);", replace: "" },
    ],
  },
  generationIgnored: {
    mistake: "what was held before a soft flush is served as fresh",
    edits: [{ file: "coherence.ts", find: "return of.generation === this.generation;", replace: "return true;" }],
  },
  breakUnnoticed: {
    mistake: "a log that was put back is polled on, as if nothing had been lost",
    edits: [
      {
        file: "coherence.ts",
        find: "if (reason === BREAK.back || reason === BREAK.another || this.isPast(epoch)) this.#outbox.addEverything();",
        replace: "",
      },
    ],
  },
  pollNoStamp: {
    mistake: "the change polled last is not compared, only its number",
    edits: [{ file: "poller.ts", find: "if (stamp !== position.stamp) return BREAK.another;", replace: "" }],
  },
  verifiedUntilTold: {
    mistake: "a process calls itself verified until a poll fails",
    edits: [{ file: "coherence.ts", find: "      this.verified = false;\n    });", replace: "    });" }],
  },
  busEstablishes: {
    mistake: "a message on the bus extends the lease",
    edits: [
      {
        file: "coherence.ts",
        find: `      this.#counts[what === "gap" ? "gaps" : "signals"]++;`,
        replace: `      this.#counts[what === "gap" ? "gaps" : "signals"]++;\n      this.verifiedUntil = this.clock.now() + 1_900;`,
      },
    ],
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
  standInInvalidated: {
    mistake: "what was held when a load began stands in for it, although it was deleted since",
    edits: [{ file: "fill.ts", find: "fallback !== undefined && flight.spares(fallback.tags)", replace: "fallback !== undefined" }],
  },
  contactNotAwaited: {
    mistake: "a delete before the first poll is overtaken by a set that was called before it",
    edits: [
      {
        file: "invalidate.ts",
        find: "  checkKey(key);\n  if (knowledge.contact !== undefined) await knowledge.contact;",
        replace: "  checkKey(key);",
      },
    ],
  },
};

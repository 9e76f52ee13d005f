import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Library } from "./simulate.ts";

/** One edit of the library's source. `find` must occur exactly once, so a mutant cannot silently become the original. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The library with one sentence of its algorithm taken out. Each stands for a mistake that is easily made. */
export const MUTANTS: Readonly<Record<string, { readonly mistake: string; readonly edits: readonly Edit[] }>> = {
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
};

/** Not a mutant: the same algorithm, forgetting what nobody holds as early as it can. */
export const EAGER_SWEEP: readonly Edit[] = [
  { file: "freshness.ts", find: "const FEWEST_TAGS_TO_SWEEP = 1_024;", replace: "const FEWEST_TAGS_TO_SWEEP = 1;" },
];

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));
const MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** Runs `use` with the library as it is after `edits`: a patched copy of its source, which is removed afterwards. */
export async function withEdits<T>(edits: readonly Edit[], use: (library: Library) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "qrcards-cache-mutant-"));
  try {
    cpSync(SOURCE, join(folder, "src"), { recursive: true });
    symlinkSync(MODULES, join(folder, "node_modules"), "junction");
    for (const { file, find, replace } of edits) {
      const path = join(folder, "src", file);
      const parts = readFileSync(path, "utf8").split(find);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
      writeFileSync(path, parts.join(replace));
    }
    return await use((await import(pathToFileURL(join(folder, "src/index.ts")).href)) as Library);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

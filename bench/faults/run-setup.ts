import { setTimeout as pass } from "node:timers/promises";
import { Random } from "../../packages/cache/src/testing/random.ts";
import { BUS_FAULTS } from "./faults/bus-faults.ts";
import { conduct } from "./faults/conductor.ts";
import { CROWD } from "./faults/crowd.ts";
import { LOCKED, POSTGRES_FAULTS } from "./faults/database-faults.ts";
import type { FaultKind } from "./faults/fault-kind.ts";
import { REDIS_FAULTS } from "./faults/redis-faults.ts";
import { WORKER_FAULTS } from "./faults/worker-faults.ts";
import { Recorder } from "./history/recorder.ts";
import type { HistoryRecord } from "./history/records.ts";
import { author } from "./load/author.ts";
import { editOutside } from "./load/outsider.ts";
import { probe } from "./load/prober.ts";
import { allTargets, Reader, readOn } from "./load/readers.ts";
import { openSite } from "./setups/open-site.ts";
import type { SetupName, Site } from "./setups/site.ts";
import { readRegisters } from "./site/read-registers.ts";
import { settleEdits } from "./site/settle-edits.ts";

/** L, as the product has it. */
const LEASE_MS = 2_000;

export interface RunOptions {
  readonly setup: SetupName;
  /** The product's, or those of a copy with a mistake in it. */
  readonly sources: string;
  readonly seed: number;
  /** From the first read to the last edit. */
  readonly durationMs: number;
  /** It goes on until there were so many. */
  readonly reads: number;
  readonly edits: number;
  readonly readsPerSecond: number;
  /** All that can befall the setup, those that are soon over, or these by name. */
  readonly faults: "all" | "quick" | readonly string[];
  readonly onProgress?: (text: string) => void;
}

const READERS = 24;
const PROGRESS_EVERY_MS = 10_000;

/** Runs an installation under load and faults, then without them, and returns the whole history. */
export async function runSetup(options: RunOptions): Promise<HistoryRecord[]> {
  const { setup, sources, seed, readsPerSecond } = options;
  const recorder = new Recorder();
  const site = await openSite(setup, sources, recorder);
  try {
    const { planted } = site;
    const alone = site.machines.filter(({ isAlone }) => isAlone).map(({ name }) => name);
    recorder.begin({ setup, seed, leaseMs: LEASE_MS, alone, registers: planted.registers, trips: planted.trips });
    const editing = new AbortController();
    const reading = new AbortController();
    const random = new Random(seed);

    const readers = Promise.all([
      readOn({ site, readers: READERS, readsPerSecond, seed, stop: reading.signal }),
      probe(recorder, reading.signal),
    ]);
    const trouble = conduct({ site, kinds: faultsOf(options), random, calmMs: [300, 1_500], stop: editing.signal });
    const editors = [
      ...planted.models.map((model, index) => author({ site, model, seed: seed + index, pauseMs: 150, stop: editing.signal })),
      editOutside({ site, seed: seed + 100, pauseMs: 600, stop: editing.signal }),
    ];
    const all = [readers, trouble, ...editors];
    await Promise.race([untilEnough(options, recorder), ...all]);
    editing.abort();
    await Promise.all([trouble, ...editors]);
    await pass(LEASE_MS * 1.1);
    reading.abort();
    await readers;
    await readAllQuietly(site);
    return recorder.end(await settleEdits(site), await readRegisters(site.database.query));
  } finally {
    await site.close();
  }
}

function faultsOf({ setup, faults }: RunOptions): readonly FaultKind[] {
  const own = setup === "sqlite" ? [LOCKED] : [...REDIS_FAULTS, ...BUS_FAULTS, ...POSTGRES_FAULTS];
  const all = [CROWD, ...WORKER_FAULTS, ...own];
  if (faults === "all") return all;
  return all.filter(({ kind, slow }) => (faults === "quick" ? !slow : faults.includes(kind)));
}

async function untilEnough({ durationMs, reads, edits, onProgress }: RunOptions, recorder: Recorder): Promise<void> {
  const startedAt = recorder.now();
  let toldAt = startedAt;
  for (;;) {
    await pass(100);
    const now = recorder.now();
    if (now - startedAt >= durationMs && recorder.reads >= reads && recorder.edits.length >= edits) return;
    if (now - toldAt < PROGRESS_EVERY_MS) continue;
    toldAt = now;
    onProgress?.(`${Math.round((now - startedAt) / 1_000)} s: ${recorder.reads} reads, ${recorder.edits.length} edits`);
  }
}

/** Every address that there is or was, at every process: a primary gives each new connection to the next of its workers. */
async function readAllQuietly(site: Site): Promise<void> {
  const targets = allTargets(site.planted.models);
  await Promise.all(
    site.machines
      .flatMap((machine) => machine.workers.map(() => machine))
      .map(async (machine) => {
        const reader = new Reader(site, true);
        for (const target of targets) await reader.read(machine, target, false, true);
        reader.close();
      }),
  );
}

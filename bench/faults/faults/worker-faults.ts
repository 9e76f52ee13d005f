import { setTimeout as pass } from "node:timers/promises";
import type { Random } from "../../../packages/cache/src/testing/random.ts";
import { type Machine, signalProcess } from "../setups/machine.ts";
import type { Site } from "../setups/site.ts";
import type { FaultKind, Struck } from "./fault-kind.ts";

const anyOf = <T>(all: readonly T[], random: Random): T => all[random.below(all.length)]!;

function anyWorker({ machines }: Site, random: Random): { machine: Machine; worker: number } {
  const machine = anyOf(machines, random);
  return { machine, worker: anyOf(machine.workers, random) };
}

/** Machines whose workers a primary replaces. */
const supervised = ({ machines }: Site) => machines.filter(({ isAlone }) => !isAlone);

async function stop(site: Site, random: Random): Promise<Struck> {
  const { machine, worker } = anyWorker(site, random);
  signalProcess(worker, "SIGSTOP");
  return { target: machine.name, end: async () => signalProcess(worker, "SIGCONT") };
}

const COMMIT_AWAITED_MS = 3_000;

/** Resolves when somebody has committed something, seen by asking the database as fast as it answers. */
async function nextCommit({ database }: Site): Promise<void> {
  const head = async () => Number((await database.query("select seq from meta"))[0]!.seq);
  const before = await head();
  const deadline = performance.now() + COMMIT_AWAITED_MS;
  while (performance.now() < deadline && (await head()) === before) await pass(1);
}

/** What can befall the processes that serve. */
export const WORKER_FAULTS: readonly FaultKind[] = [
  { kind: "worker stopped", strikes: "worker", lastsMs: [500, 3_500], strike: stop },
  {
    kind: "worker blocked",
    strikes: "worker",
    lastsMs: [1_000, 2_500],
    async strike(site, random) {
      const { machine, worker } = anyWorker(site, random);
      let over = false;
      const blocking = (async () => {
        while (!over) {
          signalProcess(worker, "SIGSTOP");
          await pass(100 + random.below(300));
          signalProcess(worker, "SIGCONT");
          await pass(20 + random.below(80));
        }
      })();
      return {
        target: machine.name,
        async end() {
          over = true;
          await blocking;
        },
      };
    },
  },
  {
    kind: "worker killed",
    strikes: "worker",
    lastsMs: [500, 1_500],
    async strike(site, random) {
      const { machine, worker } = anyWorker(site, random);
      if (machine.isAlone) await machine.kill();
      else signalProcess(worker, "SIGKILL");
      // A primary replaces it by itself.
      return { target: machine.name, end: async () => (machine.isAlone ? machine.start() : undefined) };
    },
  },
  {
    kind: "primary killed",
    strikes: "worker",
    slow: true,
    lastsMs: [100, 500],
    async strike(site, random) {
      const machine = anyOf(supervised(site), random);
      const orphansEnded = await machine.killPrimary();
      return {
        target: machine.name,
        async end() {
          await machine.start();
          await orphansEnded();
        },
      };
    },
  },
  {
    kind: "machine killed at a commit",
    strikes: "worker",
    lastsMs: [100, 500],
    async strike(site, random) {
      const machine = anyOf(site.machines, random);
      await nextCommit(site);
      await machine.kill();
      return { target: machine.name, end: () => machine.start() };
    },
  },
  // Longer than its primary has patience: it is replaced meanwhile.
  { kind: "worker silent for long", strikes: "worker", slow: true, lastsMs: [6_000, 8_000], strike: stop },
  {
    kind: "rolling restart",
    strikes: "rolling",
    slow: true,
    lastsMs: [0, 0],
    async strike(site, random) {
      const machine = anyOf(supervised(site), random);
      await machine.restartWorkers();
      return { target: machine.name, end: async () => {} };
    },
  },
];

import { Reader } from "../load/readers.ts";
import type { FaultKind } from "./fault-kind.ts";

const READS = 10_000;
/** At once. The others wait in the queues of a kernel or of a browser. */
const CONNECTIONS = 400;

/** Everybody in the hall opens the page that was just edited, while its author goes on. */
export const CROWD: FaultKind = {
  kind: "10,000 readers at once",
  strikes: "crowd",
  slow: true,
  lastsMs: [0, 0],
  async strike(site, random) {
    const path = site.spotlight.newest(random) ?? "/";
    let left = READS;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, index) => {
        const reader = new Reader(site, true);
        const machine = site.machines[index % site.machines.length]!;
        while (left-- > 0) await reader.read(machine, { path, operation: "crowd" }, random.chance(0.5));
        reader.close();
      }),
    );
    return { end: async () => {} };
  },
};

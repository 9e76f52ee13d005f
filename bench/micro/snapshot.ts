/**
 * A trip's structure in memory: what it takes to store, to decode and to keep.
 *
 *     npm run bench -- micro/snapshot
 *
 * Method: bytes are those of the encoded snapshot. Times are CPU time of the process, medians of rounds; decoding means
 * `new Snapshot(bytes)` and reading the front page's title. Memory is the growth of heap and buffers by many decoded
 * snapshots that have answered one question of every kind, after a collection, beside what `sizeBytes` says.
 *
 * Expected: 200 nodes <= 20 KB and <= 0.1 ms; `sizeBytes` within a factor of 1.5 of what was measured, not below it.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { resolve } from "../../packages/server/src/paths/resolve.ts";
import { Snapshot } from "../../packages/server/src/trips/snapshot.ts";
import { encodeSnapshot } from "../../packages/server/src/trips/snapshot-codec.ts";
import { COMMON, generatePaths, generateStructure, LARGE, type TripShape } from "../generate-trip.ts";
import { type Contestant, measureCpu } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";

const common = encodeSnapshot(generateStructure(COMMON));
const large = encodeSnapshot(generateStructure(LARGE));

const decode = (name: string, bytes: Uint8Array, count: number): Contestant => ({
  name,
  run() {
    for (let i = 0; i < count; i += 1) {
      if (new Snapshot(bytes).title(0) !== "A generated handbook") throw new Error("A decoded snapshot has another title.");
    }
    return count;
  },
});
const source = generateStructure(LARGE);
const encode: Contestant = {
  name: "encode",
  run: () => (encodeSnapshot(source).byteLength === large.byteLength ? 1 : 0),
};
const cpu = await measureCpu([decode("common", common, 2_000), decode("large", large, 10), encode]);
const inMs = (name: string) => {
  const { median, lowest, highest } = cpu.get(name)!;
  return { median: median / 1000, lowest: lowest / 1000, highest: highest / 1000 };
};

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const memory = (bytes: Uint8Array, shape: TripShape, count: number) => {
  const paths = generatePaths(shape);
  const makeOne = () => {
    const snapshot = new Snapshot(bytes.slice());
    for (const path of paths) if (resolve(snapshot, path).kind !== "found") throw new Error(`/${path.join("/")} was not found.`);
    snapshot.findById(snapshot.id(snapshot.size - 1));
    snapshot.next(0);
    snapshot.listedChildren(0);
    return snapshot;
  };
  // What the first one makes the compiler keep is nobody's.
  makeOne();
  const before = usedBytes();
  const kept = Array.from({ length: count }, makeOne);
  const measured = (usedBytes() - before) / count;
  return { measured, claimed: kept[0]!.sizeBytes };
};
function usedBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const commonMemory = memory(common, COMMON, 200);
const largeMemory = memory(large, LARGE, 4);
const KB = 1000;
const lines: Line[] = [
  { what: "200 nodes, stored", figure: common.byteLength / KB, unit: "KB", most: 20 },
  { what: "200 nodes, decode", figure: inMs("common"), unit: "ms", most: 0.1 },
  { what: "200 nodes, memory after every question", figure: commonMemory.measured / KB, unit: "KB" },
  { what: "200 nodes, sizeBytes / memory", figure: commonMemory.claimed / commonMemory.measured, unit: "x", least: 1, most: 1.5 },
  { what: "38,000 nodes, stored", figure: large.byteLength / KB, unit: "KB" },
  { what: "38,000 nodes, encode", figure: inMs("encode"), unit: "ms" },
  { what: "38,000 nodes, decode", figure: inMs("large"), unit: "ms" },
  { what: "38,000 nodes, memory after every question", figure: largeMemory.measured / KB, unit: "KB" },
  { what: "38,000 nodes, sizeBytes / memory", figure: largeMemory.claimed / largeMemory.measured, unit: "x", least: 1, most: 1.5 },
];
report("micro/snapshot", lines);

/**
 * What the cache's default codec costs beside JSON alone and beside `v8.serialize`.
 *
 *     npm run bench -- micro/codec
 *
 * Method: three values, each turned into bytes and back by all three, which take turns in one process: a record of 500 bytes, a
 * trip's structure of 15 KB, and the same trip with a date for each page, which JSON alone turns into strings. Measured is CPU
 * time of the process, medians of rounds; ratios are to `JSON.stringify` into a Buffer, and to `JSON.parse` of one. Each codec's
 * result is compared with the value once, and its size or title on every run.
 *
 * Expected: a plain value decodes as fast as by `JSON.parse` (<= 1.05x), as it is nothing else. It is encoded at a third of the
 * speed or more (<= 3.5x), as all of its properties are looked at first. With dates both take up to 6x, and `v8` lies between.
 */
import { deepStrictEqual } from "node:assert";
import { deserialize, serialize } from "node:v8";
import { json } from "../../packages/cache/src/codec.ts";
import { type Contestant, measureCpu } from "../harness/measure.ts";
import { type Line, report } from "../harness/report.ts";

interface Trip {
  readonly title: string;
  readonly nodes: readonly object[];
}

const makeTrip = (nodes: number, changedAt: (index: number) => unknown): Trip => ({
  title: "A generated handbook",
  nodes: Array.from({ length: nodes }, (_, index) => ({
    id: index,
    parent: index >> 2,
    slug: `chapter-${index}`,
    title: `Chapter number ${index} of it`,
    hidden: index % 9 === 0,
    changedAt: changedAt(index),
  })),
});
const number = (index: number) => 1_700_000_000_000 + index;
const values = [
  { name: "500 B", trip: makeTrip(4, number), count: 4_000 },
  { name: "15 KB", trip: makeTrip(132, number), count: 150 },
  { name: "15 KB with dates", trip: makeTrip(132, (index) => new Date(number(index))), count: 150 },
] as const;

const codecs = [
  {
    name: "json",
    encode: (value: Trip): Uint8Array => Buffer.from(JSON.stringify(value)),
    decode: (bytes: Uint8Array) => JSON.parse((bytes as Buffer).toString()) as Trip,
  },
  { name: "codec", encode: (value: Trip) => json.encode(value), decode: (bytes: Uint8Array) => json.decode(bytes) as Trip },
  { name: "v8", encode: (value: Trip): Uint8Array => serialize(value), decode: (bytes: Uint8Array) => deserialize(bytes) as Trip },
] as const;

const contestants = values.flatMap(({ name, trip, count }) =>
  codecs.flatMap((codec): Contestant[] => {
    const bytes = codec.encode(trip);
    if (codec.name !== "json") deepStrictEqual(codec.decode(bytes), trip);
    const repeat = (isRight: () => boolean) => () => {
      for (let i = 0; i < count; i += 1) if (!isRight()) throw new Error(`${codec.name}, ${name}: wrong.`);
      return count;
    };
    return [
      { name: `${codec.name} encode ${name}`, run: repeat(() => codec.encode(trip).byteLength === bytes.byteLength) },
      { name: `${codec.name} decode ${name}`, run: repeat(() => codec.decode(bytes).title === trip.title) },
    ];
  }),
);
const cpu = await measureCpu(contestants, { rounds: 15, warmUp: 5 });

const GOALS: Readonly<Record<string, number>> = {
  "decode 500 B": 1.05,
  "decode 15 KB": 1.05,
  "encode 500 B": 3.5,
  "encode 15 KB": 3.5,
  "decode 15 KB with dates": 6,
  "encode 15 KB with dates": 6,
};
const lines = values.flatMap(({ name, trip }): Line[] => [
  ...["encode", "decode"].flatMap((what): Line[] => {
    const of = (codec: string) => cpu.get(`${codec} ${what} ${name}`)!;
    const floor = of("json").median;
    return [
      { what: `${name}, ${what}: JSON alone`, figure: of("json"), unit: "us" },
      { what: `${name}, ${what}: codec / JSON alone`, figure: of("codec").median / floor, unit: "x", most: GOALS[`${what} ${name}`]! },
      { what: `${name}, ${what}: v8 / JSON alone`, figure: of("v8").median / floor, unit: "x" },
    ];
  }),
  ...codecs.map((codec): Line => ({ what: `${name}, size: ${codec.name}`, figure: codec.encode(trip).byteLength, unit: "bytes" })),
]);
report("micro/codec", lines);

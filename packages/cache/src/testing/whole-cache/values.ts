import { isDeepStrictEqual } from "node:util";
import { behaviour, type Script, type Theme } from "./behaviour.ts";
import { BACKGROUND_COMMANDS, commandsOf } from "./commands.ts";
import type { Stage } from "./stage.ts";
import { allGot, check, got, NotOffered, show } from "./verdict.ts";

const same = (one: unknown, other: unknown) => Object.is(one, other) || isDeepStrictEqual(one, other);

/** Loads each value once, and reads it again from the same node and from another one; all three must say the same. */
async function roundTrip(stage: Stage, values: Readonly<Record<string, unknown>>): Promise<void> {
  const [a, b] = await stage.pair();
  const wrong: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    stage.origin.write(key, value);
    const before = stage.origin.loads;
    const compare = (where: string, actual: unknown) => {
      if (!same(actual, value)) wrong.push(`${key} ${where} is ${show(actual)}`);
    };
    try {
      compare("from the loader", await a.read(key));
      compare("from memory", await a.read(key));
      await stage.quiet();
      compare("from Redis", await b.read(key));
      if (stage.origin.loads > before + 1) wrong.push(`${key} was loaded ${stage.origin.loads - before} times`);
    } catch (error) {
      wrong.push(`${key}: ${show(error)}`);
    }
  }
  check(wrong.length === 0, () => wrong.slice(0, 3).join("; ") + (wrong.length > 3 ? `; and ${wrong.length - 3} more` : ""));
}

const falsy: Script = (stage) => roundTrip(stage, { 0: 0, "''": "", false: false, null: null, NaN: Number.NaN });

const types: Script = (stage) =>
  roundTrip(stage, {
    Date: new Date("2026-05-01T12:00:00.123Z"),
    Map: new Map<unknown, unknown>([
      ["a", 1],
      [2, new Date(0)],
    ]),
    Set: new Set([1, "1", null]),
    BigInt: 2n ** 70n,
    Uint8Array: Uint8Array.of(0, 1, 254, 255),
    nested: { list: [new Date(1), { map: new Map([["k", new Set([1n])]]) }], bytes: Uint8Array.of(7), text: "ä€😀" },
  });

const undefinedAsDocumented: Script = async (stage) => {
  const documented = stage.adapter.documents.undefinedValue;
  if (documented === undefined) throw new NotOffered("documented undefined");
  const a = await stage.node();
  stage.origin.write("k", undefined);
  const answers: unknown[] = [];
  for (let read = 0; read < 2; read++) {
    answers.push(await a.read("k").catch(() => "refused"));
    await stage.quiet();
  }
  const accepted = stage.origin.loads === 1 ? "kept" : "not kept";
  got("undefined", answers.includes("refused") ? "refused" : accepted, documented);
  if (documented !== "refused") allGot("reads", answers, undefined);
};

const mutation: Script = async (stage) => {
  const [a, b] = await stage.pair();
  const original = () => ({ name: "original", list: [1, 2, 3] });
  stage.origin.write("k", original());
  for (const node of [a, b, a]) {
    const mine = (await node.read("k")) as ReturnType<typeof original>;
    // A frozen object refuses; that is one way to keep the promise.
    for (const mutate of [() => Object.assign(mine, { name: "mutated" }), () => mine.list.push(4)]) {
      try {
        mutate();
      } catch (error) {
        check(error instanceof TypeError, show(error));
      }
    }
    got("the next reader", await node.read("k"), original());
  }
};

const sameObject: Script = async (stage) => {
  stage.needs("l1");
  const a = await stage.node();
  stage.origin.write("k", { name: "an object" });
  await a.read("k");
  const [one, other] = [await a.read("k"), await a.read("k")];
  check(one === other, "each hit in memory made a copy of its own");
};

const tooLarge: Script = async (stage) => {
  const a = await stage.node({ maxBytes: 1_000_000 });
  const small = Array.from({ length: 10 }, (_, index) => `k${index}`);
  const readAll = async () => {
    for (const key of small) await a.read(key);
  };
  await readAll();
  stage.origin.write("large", "x".repeat(2_000_000));
  got("the length of a value that is too large", String(await a.read("large")).length, 2_000_000);
  const commands = await commandsOf(stage, () => Promise.all(Array.from({ length: 10 }, () => readAll())));
  check(commands <= BACKGROUND_COMMANDS, `a value that is too large pushed out others: 100 reads of them took ${commands} commands`);
  const counted = a.counts().tooLarge;
  if (counted === undefined) throw new NotOffered("count of values that were too large");
  got("the count of values that were too large", counted, 1);
};

export const values: Theme = {
  heading: "Values",
  behaviours: [
    behaviour('0, "", false, null and NaN are values', falsy),
    behaviour("undefined does as documented", undefinedAsDocumented),
    behaviour("Date, Map, Set, BigInt, Uint8Array: the same from everywhere", types),
    behaviour("a reader's mutation changes nothing for others", mutation),
    behaviour("a hit in memory hands out the same object, not a copy", sameObject),
    behaviour("a value that is too large is returned, not kept, and counted", tooLarge),
  ],
};

import { inspect } from "node:util";
import { behaviour, type Script, type Theme } from "./behaviour.ts";
import { check, got } from "./verdict.ts";

const explains: Script = async (stage) => {
  const a = await stage.node();
  const explain = async (key: string) => inspect(await a.explain(key), { depth: 10 });
  const unknown = await explain("k");
  stage.origin.write("k", "v");
  await a.read("k");
  const held = await explain("k");
  check(held !== unknown, "it said the same of a key that is held and of one that is not");
  await a.delete("k");
  const deleted = await explain("k");
  check(deleted !== held, "it said the same of a key that is held and of one that was deleted");
  got("explaining a key, in loads", stage.origin.loads, 1);
};

const explainsTags: Script = async (stage) => {
  const a = await stage.node();
  await a.read("k", { tags: ["a-telling-tag"] });
  const said = inspect(await a.explain("k"), { depth: 10 });
  check(said.includes("a-telling-tag"), "what it said of an entry does not name its tag");
};

const shadowReads: Script = async (stage) => {
  const a = await stage.node({ shadowReads: 1 });
  stage.origin.write("k", "v");
  for (let read = 0; read < 5; read++) await a.read("k");
  await stage.quiet();
  got("stale reads before an edit", a.staleness().stale, 0);
  // Behind the cache's back: nobody told it.
  stage.origin.write("k", "w");
  for (let read = 0; read < 5; read++) got("a read", await a.read("k"), "v");
  await stage.quiet();
  const { sampled, stale } = a.staleness();
  check(stale > 0 && stale < sampled, `of 9 hits, the last 5 of them stale, it found ${stale} of ${sampled} sampled ones stale`);
};

export const proof: Theme = {
  heading: "Proof",
  behaviours: [
    behaviour("explain says what is known of a key", { "held or not": explains, "its tags": explainsTags }),
    behaviour("sampled shadow reads find stale values", shadowReads),
  ],
};

import { behaviour, type Script, type Theme } from "./behaviour.ts";
import { BACKGROUND_COMMANDS, commandsOf } from "./commands.ts";
import { allGot, check, fail, got } from "./verdict.ts";

const TEN_TAGS = Array.from({ length: 10 }, (_, index) => `tag-${index}`);

/** Whatever one invalidation takes, it takes no more of them for more entries. */
const invalidationByTagIsCheap: Script = async (stage) => {
  const a = await stage.node();
  const commands: number[] = [];
  for (const entries of [5, 500]) {
    const options = { tags: [`tag of ${entries}`] };
    const keys = Array.from({ length: entries }, (_, index) => `k${entries}-${index}`);
    const readAll = () => Promise.all(keys.map((key) => a.read(key, options)));
    for (const key of keys) stage.origin.write(key, "old");
    await readAll();
    for (const key of keys) stage.origin.write(key, "new");
    commands.push(await commandsOf(stage, () => a.invalidateTags(options.tags)));
    allGot("reads after it", await readAll(), "new");
  }
  const [few = 0, many = 0] = commands;
  check(many <= few + BACKGROUND_COMMANDS, `invalidating a tag took ${few} commands with 5 entries, and ${many} with 500`);
};

/** Trip, group and destination: whoever invalidates a group means everything below it, and nothing beside it. */
const tagsFollowATree: Script = async (stage) => {
  const [a, b] = await stage.pair();
  const tree: Readonly<Record<string, readonly string[]>> = {
    "/1/1/1": ["trip:1", "group:1.1", "destination:1.1.1"],
    "/1/1/2": ["trip:1", "group:1.1", "destination:1.1.2"],
    "/1/2/1": ["trip:1", "group:1.2", "destination:1.2.1"],
    "/2/1/1": ["trip:2", "group:2.1", "destination:2.1.1"],
  };
  const reloadedBy = async (tag: string) => {
    await a.invalidateTags([tag]);
    await stage.quiet();
    const before = stage.origin.loaded.length;
    for (const node of [a, b]) for (const [key, tags] of Object.entries(tree)) await node.read(key, { tags });
    return [...new Set(stage.origin.loaded.slice(before))];
  };
  got("at first, the keys that were loaded", await reloadedBy("nothing"), Object.keys(tree));
  got("after its group, the keys that were loaded", await reloadedBy("group:1.1"), ["/1/1/1", "/1/1/2"]);
  got("after its trip, the keys that were loaded", await reloadedBy("trip:1"), ["/1/1/1", "/1/1/2", "/1/2/1"]);
  got("after a destination, the keys that were loaded", await reloadedBy("destination:2.1.1"), ["/2/1/1"]);
};

const hitsAskNobody: Script = async (stage) => {
  stage.needs("l1");
  const a = await stage.node();
  await a.read("k", { tags: TEN_TAGS });
  const commands = await commandsOf(stage, async () => {
    for (let hit = 0; hit < 1_000; hit++) await a.read("k", { tags: TEN_TAGS });
  });
  check(commands <= BACKGROUND_COMMANDS, `1,000 hits in memory with 10 tags each took ${commands} commands of Redis`);
};

const markersPushOutNothing: Script = async (stage) => {
  stage.needs("l1");
  const a = await stage.node({ maxEntries: 100 });
  const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
  for (const key of keys) await a.read(key, { tags: ["mine"] });
  for (let batch = 0; batch < 10; batch++) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => a.invalidateTags([`foreign-${batch}-${index}`])));
  }
  const commands = await commandsOf(stage, async () => {
    for (const key of keys) await a.read(key, { tags: ["mine"] });
  });
  const room = "a memory with room for 100";
  check(
    commands <= BACKGROUND_COMMANDS,
    `after 1,000 invalidations of other tags, 50 entries in ${room} took ${commands} commands to read`,
  );
};

const itemOf = (key: string) => ({ id: key });

const batchAsksOnce: Script = async (stage) => {
  const [a, b] = await stage.pair();
  const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
  for (const key of keys) {
    stage.origin.write(key, itemOf(key));
    await b.read(key);
  }
  let values: unknown[] = [];
  const commands = await commandsOf(stage, async () => {
    values = await a.getOrLoadMany(keys, async (missing) => fail(`${missing.length} of 100 keys were not found in Redis`));
  });
  got("the batch", values, keys.map(itemOf));
  check(commands <= BACKGROUND_COMMANDS, `a batch of 100 keys took ${commands} commands`);
};

const batchLoadsWhatIsMissing: Script = async (stage) => {
  const [a, b] = await stage.pair();
  const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
  for (const key of keys) stage.origin.write(key, itemOf(key));
  const [inMemory, inRedis, missing] = [keys.slice(0, 10), keys.slice(10, 20), keys.slice(20)];
  for (const key of inRedis) await b.read(key);
  for (const key of inMemory) await a.read(key);
  await stage.quiet();
  const asked: (readonly string[])[] = [];
  const values = await a.getOrLoadMany(keys, async (unknown) => {
    asked.push(unknown);
    return new Map(unknown.map((key) => [key, itemOf(key)]));
  });
  got("the batch", values, keys.map(itemOf));
  check(asked.length === 1, `the loader was called ${asked.length} times`);
  got("the loader", asked[0], missing);
};

const batchesShareLoads: Script = async (stage) => {
  const a = await stage.node();
  const loads: string[] = [];
  const load = async (missing: readonly string[]) => {
    loads.push(...missing);
    await new Promise(setImmediate);
    return new Map(missing.map((key) => [key, itemOf(key)]));
  };
  const [first, second, third] = await Promise.all([
    a.getOrLoadMany(["a", "b", "c"], load),
    a.getOrLoadMany(["b", "c", "d"], load),
    a.getOrLoad("d", async () => (await load(["d"])).get("d")),
  ]);
  got("the first batch", first, ["a", "b", "c"].map(itemOf));
  got("the second batch", second, ["b", "c", "d"].map(itemOf));
  got("the single read", third, itemOf("d"));
  got("loads", loads.sort(), ["a", "b", "c", "d"]);
};

export const tagsAndBatches: Theme = {
  heading: "Tags and batches",
  behaviours: [
    behaviour("invalidating a tag takes O(1) commands", invalidationByTagIsCheap),
    behaviour("tags follow a tree", tagsFollowATree),
    behaviour("a hit in memory with 10 tags asks Redis nothing", hitsAskNobody),
    behaviour("markers of invalidations push out no entries", markersPushOutNothing),
    behaviour("a batch is one question to Redis and one load of what is missing", {
      "one question": batchAsksOnce,
      "one load of exactly the missing keys": batchLoadsWhatIsMissing,
      "single-flight per key": batchesShareLoads,
    }),
  ],
};

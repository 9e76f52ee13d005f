import type { Script } from "./directed-world.ts";

/** Longer than L by any clock. */
const OVER_L_MS = 2_500;

/**
 * The shortest ways into mistakes, most of them as the model found them. In each the worker `w2` has something in memory and cannot
 * learn that it was changed: so either it must not have a lease any more, or nobody may be told yet that the change is visible.
 */
export const SCRIPTS = {
  "a worker starts, and polls, between the beginning of an edit and its commit": async (world) => {
    world.end("w2", "w1");
    await world.pass(OVER_L_MS);
    const goOn = world.holdWrites("w1");
    world.change("w1");
    await world.arrive();
    world.start("w2");
    await world.pass(100);
    await world.look("w2");
    world.cutOff("w2", "reads");
    goOn();
    await world.pass(300);
  },

  "a worker that cannot write is marked as removed, and cannot poll any more, when somebody edits": async (world) => {
    await world.look("w2");
    world.cutOff("w2", "writes");
    await world.until(() => world.row("w2") !== "living");
    world.cutOff("w2", "reads");
    const hasPassed = world.alarm(1_550);
    await world.until(() => world.row("w2") === "gone" || hasPassed());
    world.change("w1");
    await world.pass(300);
  },

  "a worker that cannot write polls until its row is deleted": async (world) => {
    await world.look("w2");
    world.cutOff("w2", "writes");
    await world.until(() => world.row("w2") === "gone");
    world.cutOff("w2", "reads");
    world.change("w1");
    await world.pass(300);
  },

  "a worker is marked as removed, revived with the registry, and marked again": async (world) => {
    world.start("w3");
    await world.pass(OVER_L_MS);
    world.cutOff("w2", "writes");
    await world.pass(100);
    world.backUp();
    await world.until(() => world.row("w2") === "removed");
    await world.pass(1_000);
    world.cutOff("w1", "reads");
    world.putBack("with its registry");
    await world.pass(500);
    await world.look("w2");
    await world.until(() => world.row("w2") === "removed");
    world.cutOff("w2", "reads");
    world.mend("w1");
    const hasPassed = world.alarm(1_000);
    await world.until(() => world.row("w2") === "gone" || hasPassed());
    world.change("w3");
    await world.pass(300);
  },

  "a worker has acknowledged a change that is lost, and another one gets its number": async (world) => {
    world.backUp();
    world.cutOff("w1", "reads");
    world.changeOutside();
    await world.pass(600);
    world.putBack("copied");
    world.loseTexts();
    world.mend("w1");
    await world.pass(OVER_L_MS);
    await world.look("w2");
    world.cutOff("w2", "reads");
    world.change("w1");
    await world.pass(300);
  },

  "the registry is put back as it was before a worker started": async (world) => {
    world.end("w2", "w1");
    await world.pass(100);
    world.backUp();
    world.start("w2");
    await world.pass(OVER_L_MS);
    await world.look("w2");
    world.cutOff("w2", "reads");
    world.putBack("with its registry");
    world.change("w1");
    await world.pass(300);
  },

  "a change is lost, and somebody waits for the one that gets its number": async (world) => {
    world.backUp();
    world.changeOutside();
    await world.pass(600);
    world.putBack("copied");
    await world.pass(OVER_L_MS);
    await world.look("w2");
    world.cutOff("w2", "reads");
    world.changeOutside();
    world.askFor("w1");
    await world.pass(300);
  },
} satisfies Readonly<Record<string, Script>>;

import { expect, test } from "vitest";
import { Gathering } from "../src/gathering.ts";

test("what is asked for in one turn goes in one question, in its order, with the context of the first", async () => {
  const asked: [readonly string[], string][] = [];
  const gathering = new Gathering<string, string>(async (keys, context) => {
    asked.push([keys, context]);
    return keys.map((key) => `${key}!`);
  });
  const answers = ["a", "b", "a"].map((key, index) => {
    const answer = gathering.ask(key, `context ${index}`);
    gathering.send();
    return answer;
  });
  expect(await Promise.all(answers)).toEqual(["a!", "b!", "a!"]);
  const later = gathering.ask("c", "another");
  gathering.send();
  expect(await later).toBe("c!");
  expect(asked).toEqual([
    [["a", "b", "a"], "context 0"],
    [["c"], "another"],
  ]);
});

test("of more than may go together the rest goes at the same time, and fails apart", async () => {
  const asked: string[] = [];
  const gathering = new Gathering<string>((keys) => {
    asked.push(keys.join(""));
    return keys.includes("c") ? Promise.reject(new Error("Not these.")) : Promise.resolve(keys);
  }, 2);
  const answers = Promise.allSettled([..."abcde"].map((key) => gathering.ask(key, undefined)));
  gathering.send();
  expect((await answers).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(asked).toEqual(["ab", "cd", "e"]);
});

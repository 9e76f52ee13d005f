import { describe, expect, test } from "vitest";
import { parseToPrimary, parseToWorker } from "../../src/cluster/messages.ts";

describe("messages between primary and workers", () => {
  test("are taken as they are when they are sound", () => {
    const toPrimary = [
      { kind: "beat" },
      { kind: "ready", report: "" },
      { kind: "relay", text: "x" },
      { kind: "answer", question: 1, text: "x" },
    ];
    for (const message of toPrimary) expect(parseToPrimary(message)).toBe(message);
    const toWorker = [
      { kind: "drain", patient: true },
      { kind: "gone", ids: ["a", "b"] },
      { kind: "question", question: 1, text: "x" },
    ];
    for (const message of toWorker) expect(parseToWorker(message)).toBe(message);
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "beat"],
    ["an unknown kind", { kind: "beats" }],
    ["a kind that every object has", { kind: "toString" }],
    ["a missing field", { kind: "ready" }],
    ["a field of another type", { kind: "relay", text: 1 }],
    ["what the other side says", { kind: "drain", patient: true }],
  ])("are none when it is %s", (_what, message) => expect(parseToPrimary(message)).toBeUndefined());

  test.each([
    ["ids that are no texts", { kind: "gone", ids: ["a", 1] }],
    ["ids that are no list", { kind: "gone", ids: "a" }],
    ["patience that is no flag", { kind: "drain", patient: "yes" }],
  ])("are none with %s", (_what, message) => expect(parseToWorker(message)).toBeUndefined());
});

import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { ProgressBar } from "../../src/cli/progress-bar.ts";
import { displayWidth, formatColumns, printable, wrap } from "../../src/cli/text.ts";

describe("text for a terminal", () => {
  test("a title cannot steer the terminal", () => {
    expect(printable("a\u001B]0;title\u0007b\u009Bc\u202Ed")).toBe("a\uFFFD]0;title\uFFFDb\uFFFDc\uFFFDd");
  });

  test.each([
    ["plain", 5],
    ["日本語", 6],
    ["e\u0301", 1],
    ["👩‍👩‍👧", 2],
    ["\u001B[1mbold\u001B[22m", 4],
  ])("%j takes %i columns", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test("columns stand below each other, whatever the script", () => {
    expect(
      formatColumns([
        ["日本", "x"],
        ["abcdef", "y"],
      ]),
    ).toBe("日本    x\nabcdef  y");
  });

  test("lines break at spaces and further lines are indented", () => {
    expect(wrap("one two three four five", 4, 24)).toBe("one two three four\n    five");
    expect(wrap("a-word-that-is-longer-than-the-terminal is wide", 0, 20)).toBe("a-word-that-is-longer-than-the-terminal\nis wide");
  });
});

describe("the progress bar", () => {
  function terminal(isTTY: boolean) {
    const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY }) as unknown as NodeJS.WriteStream & PassThrough;
    return { stream, written: () => stream.read() as string | null };
  }

  test("draws over its own line and leaves nothing behind", () => {
    const { written, stream } = terminal(true);
    const bar = new ProgressBar(stream);
    bar.show("writing", 5, 10);
    bar.clear();
    expect(written()).toMatch(/^\r\u001B\[K.*█.*writing {2}5 of 10\r\u001B\[K$/);
  });

  test("is not drawn where nobody watches", () => {
    const { written, stream } = terminal(false);
    const bar = new ProgressBar(stream);
    bar.show("writing", 5, 10);
    bar.clear();
    expect(written()).toBeNull();
  });
});

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { renderPage } from "../../src/pages/page.ts";
import { CONTENT_SECURITY_POLICY, STYLE } from "../../src/pages/style.ts";
import { pageModel } from "./page-model.ts";

test("the policy allows exactly the style sheet that pages carry, and no script", () => {
  const css = /<style>(.*?)<\/style>/s.exec(renderPage(pageModel()))![1]!;
  const hash = createHash("sha256").update(css).digest("base64");
  expect(CONTENT_SECURITY_POLICY).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  );
});

test("no page needs what the policy forbids: style attributes, other styles, scripts, requests elsewhere", () => {
  const document = renderPage(pageModel({}, "| a |\n|:-:|\n| b |\n\n```rust\nfn x() {}\n```\n\n![x](https://a.example/x.png)"));
  expect(document).not.toMatch(/\sstyle=|<script(?! type="application\/ld\+json")|<img|<link rel="stylesheet/);
  expect(STYLE.toString()).not.toMatch(/url\(|@import/);
});

test("a page of text weighs less than 10 KB on the wire with everything it needs", () => {
  const words = Array.from({ length: 900 }, (_, index) => `word${(index * 7919) % 1000}`).join(" ");
  expect(gzipSync(renderPage(pageModel({}, words))).length).toBeLessThan(10_000);
});

import fc from "fast-check";
import { Parser } from "htmlparser2";
import { expect, test } from "vitest";
import { html, trustedHtml } from "../../src/pages/html.ts";

test("values are escaped, Html is not, lists are joined, null and false leave nothing", () => {
  expect(html`<p title="${`"'`}">${"<&>"}${7}${0}${null}${false}${["a", html`<b>${"<"}</b>`, [trustedHtml("<i>")]]}</p>`.toString()).toBe(
    '<p title="&quot;&#39;">&lt;&amp;&gt;70a<b>&lt;</b><i></p>',
  );
});

test("any text comes back from an attribute and from content as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const seen: string[] = [];
      const parser = new Parser({
        onattribute: (_name, value) => seen.push(value),
        ontext: (part) => {
          seen[1] = (seen[1] ?? "") + part;
        },
      });
      parser.end(html`<p title="${text}">${text}</p>`.toString());
      expect(seen).toEqual(text === "" ? [""] : [text, text]);
    }),
  );
});

import { Parser } from "htmlparser2";
import { beforeAll, describe, expect, test } from "vitest";
import { deleteNode } from "../../src/trips/edits.ts";
import { useSqlite } from "../support/databases.ts";
import { edit, type Planted, plantTrip } from "./plant-trip.ts";
import { useSite } from "./test-site.ts";

const TITLES = [
  "<script>alert(1)</script>",
  "</title><script>alert(1)</script>",
  "</script><script>alert(1)</script>",
  "<!--<script>",
  "--><img src=x onerror=alert(1)>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '" autofocus onfocus="alert(1)',
  "</style><script>alert(1)</script>",
  "]]><script>alert(1)</script>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "<base href=//evil.example>",
  '{"@context": "evil"}\\',
  "$& $1 $` $$ {{7*7}}",
  "\u202Egnp.exe\u202C",
  "\u2066\u202Eevil",
  "Z\u0335\u0321a\u0336l\u0338g\u0337o",
  "javascript:alert(1)",
];

const BODY = `
<script>alert(1)</script> <img src=x onerror=alert(1)> <style>body{display:none}</style>
<iframe src="https://evil.example"></iframe> <form action="https://evil.example"><input></form> <base href="https://evil.example">

[x](javascript:alert(1)) [x](data:text/html,<script>alert(1)</script>) [x](//evil.example) ![x](https://evil.example/pixel.gif) <a href="x" onclick="alert(1)">x</a>

[x](node:0123456789ab"onclick="alert(1)) \`<a href="node:0123456789ab">\` </article></main></body></html><script>alert(1)</script>

## </h2><script>alert(1)</script>

### -text

\u202Eturned around
`;

/** What a browser would make of a page: its elements, with what could do harm. */
function readPage(html: string) {
  const harmful: string[] = [];
  const data: string[] = [];
  let inScript = false;
  const parser = new Parser({
    onopentag(name, attributes) {
      inScript = name === "script";
      if (inScript && attributes.type !== "application/ld+json") harmful.push("script");
      if (inScript) data.push("");
      if (/^(?:iframe|object|embed|form|input|base|svg:script|portal|frame|applet)$/.test(name)) harmful.push(name);
      for (const [attribute, value] of Object.entries(attributes)) {
        if (attribute.startsWith("on") || attribute === "style" || attribute === "http-equiv") harmful.push(`${name} ${attribute}`);
        if (attribute === "href" && !/^(?:\/(?!\/)|https?:\/\/|mailto:|[^:/\\]*(?:[/?#]|$))/i.test(value))
          harmful.push(`${name} href=${value}`);
        if (attribute === "src" && !value.startsWith("/assets/")) harmful.push(`${name} src=${value}`);
      }
    },
    ontext(text) {
      if (inScript) data[data.length - 1] += text;
    },
    onclosetag() {
      inScript = false;
    },
  });
  parser.end(html);
  return { harmful, data: data.map((text) => JSON.parse(text)) };
}

describe("titles and texts that attack", () => {
  const site = useSite(useSqlite());
  const trips: Planted[] = [];

  beforeAll(async () => {
    for (const [index, title] of TITLES.entries()) {
      trips.push(
        await plantTrip(site.services, {
          title,
          slug: `trip-${index}`,
          body: BODY,
          children: [
            { title: `${title}!`, slug: "page", body: BODY, children: [{ title: `${title}?`, slug: "below", body: BODY }] },
            { title: `${title}.`, slug: "gone" },
          ],
        }),
      );
      await edit(site.services, (trx, at) => deleteNode(trx, trips[index]!.id(`${title}.`), {}, at));
    }
  });

  test.each(TITLES.map((title, index) => [title, index] as const))("%j stays text on every page", async (title, index) => {
    const { code } = await site.services.cards.cardOf(trips[index]!.id(`${title}?`));
    const base = `/trip-${index}`;
    for (const target of [
      "/",
      base,
      `${base}/page`,
      `${base}/page/below`,
      `${base}/pag`,
      `${base}/gone`,
      `/trip-${index}x`,
      `/c/${code}+`,
    ]) {
      const { text, headers } = await site.get(target);
      expect({ target, harmful: readPage(text).harmful }).toEqual({ target, harmful: [] });
      expect(text.match(/<style>/g)).toHaveLength(1);
      expect(text).toMatch(/<\/html>\n$/);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
    }
  });

  test.each(TITLES.map((title, index) => [title, index] as const))("%j is in JSON, JSON-LD and XML what it was", async (title, index) => {
    const [breadcrumbs] = readPage((await site.get(`/trip-${index}/page/below`)).text).data;
    expect(breadcrumbs.itemListElement.map(({ name }: { name: string }) => name)).toEqual([title, `${title}!`, `${title}?`]);
    const page = JSON.parse((await site.get(`/trip-${index}/page/below.json`)).text);
    expect(page.title).toBe(`${title}?`);
    expect(page.markdown).toBe(BODY);
    const svg = (await site.get(`/trip-${index}/page.qr.svg`)).text;
    let said = "";
    const names: string[] = [];
    const parser = new Parser({ onopentag: (name) => names.push(name), ontext: (text) => (said += text) }, { xmlMode: true });
    parser.end(svg);
    expect(said.trim()).toBe(`${title}!`);
    expect(names).not.toContain("script");
  });

  test("a title that turns the line around turns nothing but itself", async () => {
    const index = TITLES.indexOf("\u202Egnp.exe\u202C");
    for (const target of [`/trip-${index}/gone`, `/trip-${index}/pag`]) {
      const { text } = await site.get(target);
      const around = [...text.slice(text.indexOf("<main")).matchAll(/<(\w+)[^<>]*>[^<]*\u202E/g)].map(([, element]) => element);
      expect(new Set(around)).toEqual(new Set(["bdi"]));
    }
  });
});

import { Parser } from "htmlparser2";

/** What rendered content may hold, written down a second time, so that a slip in the sanitiser's list shows. */
const TAGS = new Set(
  (
    "a abbr b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li " +
    "mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr"
  ).split(" "),
);
const ATTRIBUTES =
  /^(?:id|lang|dir|title|class|href|rel|aria-label|role|tabindex|open|src|alt|width|height|loading|decoding|value|start|reversed|type|colspan|rowspan|scope|datetime)$/;
const HREF = /^(?:https?:\/\/[^/]|mailto:|node:[0-9a-z]{12}(?:#|$)|\/(?!\/)|[^:/]*(?:[/?#]|$))/i;
const SRC = /^\/assets\/[\w-]{27}\/[^/]+$/;

/** Everything in the HTML that must not be there; empty when it is safe. Parses by itself, with the browser's idea of tags. */
export function forbiddenParts(html: string): string[] {
  const found: string[] = [];
  const open: string[] = [];
  const parser = new Parser({
    onopentag(name, attributes) {
      open.push(name);
      if (!TAGS.has(name)) found.push(`<${name}>`);
      for (const [attribute, value] of Object.entries(attributes)) {
        if (!ATTRIBUTES.test(attribute)) found.push(`${name} ${attribute}`);
        if (attribute === "href" && (name !== "a" || !HREF.test(value) || /[\u0000-\u001f\\]/.test(value)))
          found.push(`${name} href=${value}`);
        if (attribute === "src" && (name !== "img" || !SRC.test(value))) found.push(`${name} src=${value}`);
        if (attribute === "id" && value.startsWith("-")) found.push(`id=${value}`);
      }
    },
    onclosetag(name, implied) {
      if (open.pop() !== name) found.push(`</${name}>`);
      if (implied && !["br", "hr", "img", "wbr"].includes(name)) found.push(`unclosed <${name}>`);
    },
    oncomment: (text) => found.push(`comment ${text}`),
    onprocessinginstruction: (name) => found.push(`instruction ${name}`),
  });
  parser.end(html);
  return found;
}

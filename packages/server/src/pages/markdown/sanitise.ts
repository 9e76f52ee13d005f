import sanitizeHtml from "sanitize-html";
import type { NodeId } from "../../trips/types.ts";
import { WORDS } from "../words.ts";
import { parseLinkTarget, pixels } from "./link-target.ts";

export interface SanitisedHtml {
  readonly html: string;
  /** Nodes linked to, each once, in order. */
  readonly links: readonly NodeId[];
  /** Address of the first image, or null. */
  readonly image: string | null;
}

const TAGS = (
  "a abbr b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li " +
  "mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr"
).split(" ");

const ATTRIBUTES: sanitizeHtml.IOptions["allowedAttributes"] = {
  "*": ["id", "lang", "dir", "title"],
  a: ["href", "rel", "aria-label"],
  div: [{ name: "role", values: ["group", "note"] }, "tabindex", "aria-label"],
  details: ["open"],
  img: ["src", "alt", "width", "height", "loading", "decoding"],
  li: ["value"],
  ol: ["start", "reversed", "type"],
  pre: ["tabindex"],
  section: ["aria-label"],
  span: [{ name: "role", values: ["img"] }, "aria-label"],
  td: ["colspan", "rowspan"],
  th: ["colspan", "rowspan", "scope"],
  time: ["datetime"],
};

const CLASSES: sanitizeHtml.IOptions["allowedClasses"] = {
  a: ["backref"],
  code: [/^language-[\w+#.-]+$/],
  div: ["callout", "note", "tip", "important", "warning", "caution", "scroll"],
  img: ["center"],
  li: ["task"],
  p: ["callout-title"],
  section: ["footnotes"],
  // highlight.js marks with hljs-name and, for a finer scope, a second class that ends in underscores.
  span: ["caption", "filename", "missing", "box", "checked", /^hljs-[a-z_-]+$/, /^[a-z]+_{1,3}$/, /^language-[\w-]+$/],
  td: ["center", "right", "long"],
  th: ["center", "right", "long"],
};

/**
 * Second line of defence, over the whole output and whatever came before it: it is parsed and written anew from an
 * allow-list of elements, attributes, classes and addresses. It also is the one place that decides what links and images
 * become: node links stay slots, assets get their address and size, and nothing is ever fetched from elsewhere.
 */
export function sanitise(html: string): SanitisedHtml {
  const links = new Set<NodeId>();
  const ids = new Set<string>();
  let image: string | null = null;
  let openLinks = 0;

  const link = (_name: string, attributes: sanitizeHtml.Attributes): sanitizeHtml.Tag => {
    const { href, name, rel: _rel, ...rest } = attributes;
    // Old books mark places with `<a name>`.
    if (name !== undefined && rest.id === undefined) rest.id = name;
    const target = href === undefined ? null : parseLinkTarget(href);
    if (target === null) return { tagName: "span", attribs: rest };
    if (target.kind === "node") links.add(target.id);
    // The address comes first: page assembly looks for `<a href="node:`.
    const attribs = { href: target.href, ...rest };
    return { tagName: "a", attribs: target.kind === "external" ? { ...attribs, rel: "noopener" } : attribs };
  };

  const picture = (_name: string, attributes: sanitizeHtml.Attributes): sanitizeHtml.Tag => {
    const { src = "", alt = "", width, height, class: className, title } = attributes;
    const target = parseLinkTarget(src);
    if (target?.kind === "asset") {
      image ??= target.href;
      const attribs: sanitizeHtml.Attributes = { src: target.href, alt };
      const size = { width: target.width ?? pixels(width), height: target.height ?? pixels(height) };
      if (size.width !== null) attribs.width = size.width;
      if (size.height !== null) attribs.height = size.height;
      if (className !== undefined) attribs.class = className;
      if (title !== undefined) attribs.title = title;
      return { tagName: "img", attribs: { ...attribs, loading: "lazy", decoding: "async" } };
    }
    const text = alt === "" ? WORDS.image : alt;
    if (target?.kind === "external" && openLinks === 0) {
      return { tagName: "a", attribs: { href: target.href, rel: "noopener" }, text };
    }
    return { tagName: "span", attribs: { class: "missing", title: WORDS.imageMissing }, text };
  };

  const clean = sanitizeHtml(html, {
    allowedTags: TAGS,
    allowedAttributes: ATTRIBUTES,
    allowedClasses: CLASSES,
    allowedSchemes: ["http", "https", "mailto", "node"],
    allowProtocolRelative: false,
    nestingLimit: 200,
    onOpenTag: (name) => {
      if (name === "a") openLinks++;
    },
    onCloseTag: (name) => {
      if (name === "a") openLinks--;
    },
    transformTags: {
      a: link,
      img: picture,
      h1: "h2",
      // Ids of the layout start with a hyphen, ids of the text never do, and each is given once.
      "*": (tagName, { id, ...attribs }) => {
        if (id === undefined || !/^[^\s-]\S*$/.test(id) || ids.has(id)) return { tagName, attribs };
        ids.add(id);
        return { tagName, attribs: { ...attribs, id } };
      },
    },
  });
  return { html: clean, links: [...links], image };
}

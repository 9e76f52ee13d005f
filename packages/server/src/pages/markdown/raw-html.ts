/** The elements that books write as raw HTML inside Markdown and that a page keeps. Attributes are the sanitiser's matter. */
const KEPT = new Set(
  (
    "a abbr b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins " +
    "kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr"
  ).split(" "),
);

/** Other names of HTML elements: their tags vanish and their text stays. A name that is none, like `<T>`, is what the author typed. */
const DROPPED = new Set(
  (
    "address area article aside audio base big body button canvas center col colgroup data datalist dialog embed fieldset font footer form " +
    "frame frameset head header hgroup html iframe input label legend link main map math menu meta meter nav nobr noscript object optgroup option " +
    "output param picture progress section select slot source strike svg textarea title track tt video"
  ).split(" "),
);

/** Elements whose content is not text for readers, comments, processing instructions, declarations, CDATA: they go as a whole. */
const INVISIBLE = /<!--.*?(?:-->|$)|<\?.*?(?:\?>|$)|<!.*?(?:>|$)|<(script|style|template)\b.*?(?:<\/\1\s*>|$)/gis;

/** A tag by CommonMark's grammar (6.6 Raw HTML), or a lone `<`. */
const TAG = /<(\/?)([a-z][a-z0-9-]*)((?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*)\s*\/?>|</gi;

/**
 * First line of defence: of a piece of raw HTML only the tags of the allow-list are left, everything else is dropped or
 * becomes text. The sanitiser after it does not rely on this.
 */
export function filterRawHtml(source: string): string {
  return source.replace(INVISIBLE, "").replace(TAG, (tag: string, slash?: string, name?: string, attributes?: string) => {
    if (name === undefined) return "&lt;";
    const element = name.toLowerCase();
    if (KEPT.has(element)) return tag;
    // An unknown name with attributes, or its end tag, is a component of some book tool; one without is prose: Vec<T>.
    const isWord = !DROPPED.has(element) && slash === "" && attributes === "";
    return isWord ? tag.replace("<", "&lt;") : "";
  });
}

/** Whether a raw tag is shown as the author typed it: `<T>`. */
export function isProse(tag: string): boolean {
  return filterRawHtml(tag).startsWith("&lt;");
}

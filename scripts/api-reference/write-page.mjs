/** @typedef {import("./read-doors.mjs").Door} Door */
/** @typedef {import("./read-doors.mjs").Item} Item */
/** @typedef {import("./read-doors.mjs").Member} Member */

/** The sections of a page, in the order in which a stranger needs them. @type {[title: string, holds: (item: Item) => boolean][]} */
const SECTIONS = [
  ["Functions", ({ kind }) => kind === "function"],
  ["Constants", ({ kind }) => kind === "constant"],
  ["Classes", ({ kind, exported }) => kind === "class" && exported],
  ["Errors", ({ kind }) => kind === "error"],
  ["Types", ({ kind, exported }) => kind === "type" && exported],
  ["Types that are part of these, and have no export", ({ exported }) => !exported],
];

/** The name of a door's page. @param {Door} door */
export function pageName({ specifier }) {
  const path = specifier.split("/").slice(2).join("-");
  return path === "" ? "README.md" : `${path}.md`;
}

/**
 * The page of one door, in Markdown.
 *
 * @param {Door} door
 * @param {Door[]} doors all of them, for links from one to another
 */
export function writePage(door, doors) {
  const links = linksFrom(door, doors);
  const sections = SECTIONS.map(([title, holds]) => ({ title, items: door.items.filter(holds) })).filter(({ items }) => items.length > 0);
  const others = doors.filter((other) => other !== door).map((other) => `[${other.specifier}](${pageName(other)})`);
  return `${[
    `# ${door.specifier}`,
    "<!-- Written by `npm run docs` from the docstrings of the sources. Change those. -->",
    `What \`import { ... } from "${door.specifier}"\` offers.${others.length > 0 ? ` Other doors: ${others.join(", ")}.` : ""}`,
    ...sections.map(({ title, items }) => `**${title}:** ${items.map(({ name }) => `[${name}](#${anchor(name)})`).join(" · ")}`),
    ...sections.flatMap(({ items }) => items).flatMap((item) => writeItem(item, links)),
  ].join("\n\n")}\n`;
}

/** @param {Item} item @param {Map<string, string>} links */
function writeItem({ name, kind, code, docs, members }, links) {
  const ownLinks = new Map([...links].filter(([target]) => target !== name));
  const head = [`## ${name}`, codeBlock(code), linkNames(docs, ownLinks)].filter((part) => part !== "");
  // The name of an error is in its heading, and what can never be given is of no use.
  const shown = members.filter((member) => !(kind === "error" && member.name === "name") && !member.code.endsWith("?: never"));
  const methods = kind === "class" ? shown.filter(({ callable }) => callable) : [];
  const listed = shown.filter((member) => !methods.includes(member)).map((member) => writeProperty(member, ownLinks));
  return [...head, ...(listed.length > 0 ? [listed.join("\n")] : []), ...methods.flatMap((member) => writeMethod(name, member, ownLinks))];
}

/** @param {string} owner @param {Member} member @param {Map<string, string>} links */
function writeMethod(owner, { name, code, docs }, links) {
  const title = name === "constructor" ? `new ${owner}` : `${owner}.${name}`;
  return [`### ${title}`, codeBlock(code), linkNames(docs, links)].filter((part) => part !== "");
}

/** @param {Member} member @param {Map<string, string>} links */
function writeProperty({ name, code, docs }, links) {
  const [head, block] = code.includes("\n") ? [`\`${name}\``, `\n\n${indent(codeBlock(code))}`] : [`\`${code}\``, ""];
  return `- ${head}${docs === "" ? "" : `  \n${indent(linkNames(docs, links))}`}${block}`;
}

/** Where each name leads that a page may speak of. @param {Door} door @param {Door[]} doors */
function linksFrom(door, doors) {
  const links = new Map();
  for (const target of [door, ...doors]) {
    for (const { name } of target.items) {
      if (!links.has(name)) links.set(name, `${target === door ? "" : pageName(target)}#${anchor(name)}`);
    }
  }
  return links;
}

/** Makes links of code spans that are such names. @param {string} docs @param {Map<string, string>} links */
function linkNames(docs, links) {
  return docs.replace(/`(\w+)(?:\.\w+)?`/g, (span, name) => (links.has(name) ? `[${span}](${links.get(name)})` : span));
}

/** The id that code hosts give to a heading. @param {string} heading */
function anchor(heading) {
  return heading.toLowerCase();
}

/** @param {string} code */
function codeBlock(code) {
  return `\`\`\`ts\n${dedent(code)}\n\`\`\``;
}

/** Takes off what all lines but the first are indented by. @param {string} code */
function dedent(code) {
  const [first = "", ...rest] = code.split("\n");
  const depth = Math.min(...rest.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return [first, ...rest.map((line) => line.slice(depth))].join("\n");
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^(?=.)/gm, "  ");
}

// Holds the documentation against the repository: what the README promises first, links, rooms, no traces of a machine.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @param {string} [root] the repository
 * @returns {Promise<import("./steps.mjs").Counts>} each of the four checks is one test
 */
export async function checkDocs(root = ROOT) {
  const files = listFiles(root);
  const found = [commandsFirst(root), linksResolve(root, files), roomsAreNamed(root), noMachinePaths(root, files)];
  const failures = found.filter((problems) => problems.length > 0).map((problems) => problems.join("\n"));
  return { passed: found.length - failures.length, failed: failures.length, skipped: 0, failures };
}

/** All files of the repository that git does not ignore, new ones too. @param {string} root */
function listFiles(root) {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  const paths = stdout.split("\0").filter((path) => path !== "" && !/(^|\/)fixtures\//.test(path));
  return paths.filter((path) => existsSync(join(root, path)));
}

/** @param {string[]} path */
function read(...path) {
  return readFileSync(join(...path), "utf8");
}

/** The README starts with the two commands that matter, each alone in its block, so that they can be copied. @param {string} root */
function commandsFirst(root) {
  if (!existsSync(join(root, "README.md"))) return ["README.md is not there"];
  const blocks = [...read(root, "README.md").matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map((match) => match[1]?.trim());
  return ["npm start", "npm test"]
    .map((command, index) => ({ command, block: blocks[index], place: `fenced block ${index + 1}` }))
    .filter(({ command, block }) => block !== command)
    .map(({ command, block, place }) => `README.md: ${place} must be \`${command}\` alone; it is \`${block ?? ""}\``);
}

/** @param {string} root @param {string[]} files */
function linksResolve(root, files) {
  const documents = files.filter((path) => path.endsWith(".md") && !path.startsWith("examples/"));
  return documents.flatMap((document) =>
    [...new Set(relativeLinks(read(root, document)))].flatMap((link) => {
      const [path = "", fragment] = link.split("#");
      const target = path === "" ? document : join(path.startsWith("/") ? "" : dirname(document), path.replace(/\?.*$/, ""));
      if (!existsSync(join(root, target))) return [`${document}: the link to ${link} leads nowhere`];
      if (fragment && target.endsWith(".md") && !headingAnchors(read(root, target)).has(fragment)) {
        return [`${document}: ${link} names a heading that is not there`];
      }
      return [];
    }),
  );
}

/** Markdown without its code: that holds no links and no headings. @param {string} markdown */
function withoutCode(markdown) {
  return markdown.replace(/^ {0,3}(```+|~~~+)[\s\S]*?^ {0,3}\1/gm, "");
}

/** Targets of links, images and reference definitions that are not on another host. @param {string} markdown */
function relativeLinks(markdown) {
  const prose = withoutCode(markdown).replace(/`[^`\n]*`/g, "");
  const targets = [...prose.matchAll(/\]\(<?([^)\s>]+)|^ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)/gm)].map((match) => match[1] ?? match[2] ?? "");
  return targets.filter((target) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)).map(decodeURI);
}

/** The ids that code hosts give to headings. @param {string} markdown */
function headingAnchors(markdown) {
  const anchors = new Set();
  for (const [, heading = ""] of withoutCode(markdown).matchAll(/^#{1,6} +(.*?)(?: +#*)?$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = text.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** A stranger finds the room for any change from docs/architecture.md alone, so it names each in a code span. @param {string} root */
function roomsAreNamed(root) {
  if (!existsSync(join(root, "docs", "architecture.md"))) return ["docs/architecture.md is not there"];
  const spans = [...read(root, "docs", "architecture.md").matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
  const words = new Set(spans.flatMap((span) => span.split(/[^\w.-]+/).map((word) => word.replace(/\.ts$/, ""))));
  const rooms = readdirSync(join(root, "packages/server/src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const parts = readdirSync(join(root, "packages/cache/src"), { withFileTypes: true });
  return [...rooms, ...parts]
    .filter(({ name }) => !words.has(name.replace(/\.ts$/, "")))
    .map(({ name, parentPath }) => `docs/architecture.md does not name \`${name}\` of ${parentPath.slice(root.length + 1)}`);
}

/** A path of somebody's machine helps nobody else. */
const MACHINE_PATH = /(?<![\w./:}-])\/(?:work|home|root|Users)\/[\w.-]+/;
const TEXT = /\.(md|[cm]?[jt]sx?|json|ya?ml|toml|css|html|sh)$|^\.ci\//;

/** @param {string} root @param {string[]} files */
function noMachinePaths(root, files) {
  return files
    .filter((path) => TEXT.test(path))
    .flatMap((path) =>
      read(root, path)
        .split("\n")
        .map((line, index) => ({ place: `${path}:${index + 1}`, found: MACHINE_PATH.exec(line)?.[0] }))
        .filter(({ found }) => found !== undefined)
        .map(({ place, found }) => `${place} names a path of one machine: ${found}`),
    );
}

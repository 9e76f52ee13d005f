import { stringify } from "yaml";
import { findLinks, replaceLinks } from "../links/find-links.ts";
import { encodeForMarkdown } from "../links/plan-address.ts";
import { folderOf } from "../links/resolve-address.ts";
import { findDirectives } from "../readers/mdbook/find-directives.ts";
import { escapeMarkdown } from "./escape-markdown.ts";
import type { FolderLayout } from "./folder-layout.ts";
import type { ExportedNode } from "./types.ts";

/**
 * A node as a file of an mdBook: front matter where the page says something of itself, the title as a heading, and the body
 * with links to files.
 */
export function pageText(node: ExportedNode, file: string, layout: FolderLayout): string {
  const body = escapeDirectives(withFileLinks(node.body, file, layout));
  const heading = /^ {0,3}# /.test(body) ? "" : `# ${escapeMarkdown(node.title)}\n\n`;
  return frontMatter(node, heading === "" && body.startsWith("---")) + heading + body;
}

/** @param isNeeded when the text itself begins like a front matter */
function frontMatter(node: ExportedNode, isNeeded: boolean): string {
  const values = {
    ...(node.slugIsExplicit && node.parentId !== null && { slug: node.segment }),
    ...(node.state !== "public" && { state: node.state }),
    ...(node.language !== null && node.parentId !== null && { language: node.language }),
    ...(node.direction !== null && node.parentId !== null && { direction: node.direction }),
  };
  if (Object.keys(values).length > 0) return `---\n${stringify(values)}---\n`;
  return isNeeded ? "---\n---\n" : "";
}

function withFileLinks(body: string, file: string, { fileOf, assetFileOf }: FolderLayout): string {
  return replaceLinks(body, findLinks(body), ({ address }) => {
    const [, id, fragment = ""] = /^node:([^#]+)(#.*)?$/s.exec(address) ?? [];
    const [, hash] = /^asset:([^/]+)\//.exec(address) ?? [];
    const target = id === undefined ? assetFileOf.get(hash ?? "") : fileOf.get(id);
    return target === undefined ? undefined : relativePath(file, target) + fragment;
  });
}

function relativePath(from: string, to: string): string {
  const [here, there] = [folderOf(from).split("/"), to.split("/")];
  let shared = 0;
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) shared += 1;
  const path = [...here.slice(shared).map(() => ".."), ...there.slice(shared)].join("/");
  return path.replace(/[^\p{L}\p{M}\p{N}._/-]/gu, encodeForMarkdown);
}

/** What looks like a directive of mdBook is text here: `\{{#include ...}}` stands for it. */
function escapeDirectives(body: string): string {
  let result = "";
  let copied = 0;
  for (const { start } of findDirectives(body)) {
    result += `${body.slice(copied, start)}\\`;
    copied = start;
  }
  return result + body.slice(copied);
}

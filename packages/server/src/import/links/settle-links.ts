import { assetReference } from "../../trips/asset-service.ts";
import type { ImportNote } from "../../trips/types.ts";
import type { AssetCollector } from "../assets.ts";
import { type FoundLink, findLinks, replaceLinks } from "./find-links.ts";
import { isMarkdown, type PageIndex } from "./page-index.ts";
import { planAddress } from "./plan-address.ts";
import { folderOf, resolveAddress } from "./resolve-address.ts";

/** What the pages of one import can refer to. */
export interface LinkSite {
  /** What an address that starts with `/` is relative to. */
  readonly root: string;
  readonly pages: PageIndex;
  readonly files: ReadonlySet<string>;
  readonly assets: AssetCollector;
  readonly note: (note: ImportNote) => void;
}

/**
 * Turns the addresses in a page into `plan:` and `asset:` addresses. What leads to nothing stays as the author wrote it,
 * with a note.
 *
 * @param file of the page, in the source
 * @param lineOf the line of the file for a line of the Markdown (includes move lines)
 */
export async function settleLinks(markdown: string, file: string, site: LinkSite, lineOf = (line: number) => line): Promise<string> {
  const links = findLinks(markdown);
  const settled = new Map<FoundLink, string>();
  for (const link of links) {
    const address = await settle(link);
    if (address !== undefined) settled.set(link, address);
  }
  return replaceLinks(markdown, links, (link) => settled.get(link));

  async function settle(link: FoundLink): Promise<string | undefined> {
    const target = resolveAddress(link.address, folderOf(file), site.root);
    if (target.kind === "elsewhere") return undefined;
    const isImage = link.form === "image" || (target.kind === "path" && /\.(?:png|jpe?g|gif|webp|avif|svg)$/i.test(target.path));
    if (target.kind === "path") {
      const isFile = !target.isFolder && site.files.has(target.path);
      const page = isFile && !isMarkdown(target.path) ? undefined : site.pages.find(target.path);
      if (page !== undefined) return planAddress(page, target.fragment);
      if (isFile && !isMarkdown(target.path)) {
        const asset = await site.assets.take(target.path);
        if (typeof asset !== "string") return assetReference(asset) + target.fragment;
        return complain(link, "asset-refused", `${asset}.`);
      }
    }
    const what = isImage ? "image" : "link";
    const reason = target.kind === "outside" ? "leads out of the source" : "leads to nothing in the source";
    return complain(link, isImage ? "missing-image" : "unresolved-link", `The ${what} "${link.address}" ${reason}.`);
  }

  function complain(link: FoundLink, kind: ImportNote["kind"], message: string): undefined {
    site.note({ kind, file, line: lineOf(link.line), message });
  }
}

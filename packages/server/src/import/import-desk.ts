import { QRCardsError } from "../errors.ts";
import type { ImportNote } from "../trips/types.ts";
import { AssetCollector } from "./assets.ts";
import { SIDECAR } from "./entry-name.ts";
import { type FrontMatter, parseFrontMatter } from "./front-matter.ts";
import { PageIndex } from "./links/page-index.ts";
import type { LinkSite } from "./links/settle-links.ts";
import { type PageSettings, readPageSettings, unknownKeys } from "./page-settings.ts";
import type { SourceTree } from "./source-tree.ts";
import { decodeText } from "./text.ts";

/** A page's file, read and parted. */
export interface PageFile {
  readonly settings: PageSettings;
  /** What follows the front matter. */
  readonly body: string;
  /** The file's line that the body starts with, 1-based. */
  readonly firstLine: number;
}

/** Far more than anybody reads, and few enough to keep in memory and to send. */
const NOTE_LIMIT = 20_000;

/** What one import reads from and writes its notes to: the same for every format of files. */
export class ImportDesk {
  readonly source: SourceTree;
  readonly notes: ImportNote[] = [];
  readonly files: ReadonlySet<string>;
  readonly pages = new PageIndex();
  readonly assets: AssetCollector;
  readonly #readPaths = new Set<string>([SIDECAR]);
  #droppedNotes = 0;
  readonly #ignoredKeys = new Map<string, { file: string; count: number }>();

  constructor(source: SourceTree) {
    this.source = source;
    this.files = new Set(source.paths);
    this.assets = new AssetCollector(source);
  }

  readonly note = (note: ImportNote): void => {
    if (this.notes.length < NOTE_LIMIT) this.notes.push(note);
    else this.#droppedNotes += 1;
  };

  linkSite(root: string): LinkSite {
    return { root, pages: this.pages, files: this.files, assets: this.assets, note: this.note };
  }

  /** @param limitBytes for files that are slow to parse; beyond it the import is refused */
  async readText(path: string, limitBytes = Number.POSITIVE_INFINITY): Promise<string> {
    this.#readPaths.add(path);
    const bytes = await this.source.read(path);
    if (bytes.length > limitBytes) throw new QRCardsError("import-refused", `"${path}" is larger than ${limitBytes / 1024} KiB.`);
    const { text, isGuess } = decodeText(bytes);
    if (isGuess) this.note({ kind: "encoding", file: path, message: "The file is not UTF-8; it was read as Windows-1252." });
    return text;
  }

  async readPage(path: string): Promise<PageFile> {
    const { values, body, lines, problem }: FrontMatter = parseFrontMatter(await this.readText(path));
    if (problem !== undefined)
      this.note({ kind: "front-matter-ignored", file: path, line: 1, message: `The front matter is not valid YAML: ${problem}.` });
    for (const key of unknownKeys(values)) {
      const seen = this.#ignoredKeys.get(key);
      this.#ignoredKeys.set(key, { file: seen?.file ?? path, count: (seen?.count ?? 0) + 1 });
    }
    return { settings: readPageSettings(values, path, this.note), body, firstLine: lines + 1 };
  }

  /** What can only be said at the end: keys that meant nothing, files that nobody read, notes that were too many. */
  finish(): void {
    if (this.#droppedNotes > 0) {
      this.notes.push({ kind: "truncated", file: "", message: `${this.#droppedNotes} more notes were left out.` });
    }
    for (const [key, { file, count }] of this.#ignoredKeys) {
      const pages = count === 1 ? "" : ` (and of ${count - 1} more)`;
      this.note({ kind: "front-matter-ignored", file, message: `The key "${key}" of the front matter${pages} means nothing here.` });
    }
    const taken = this.assets.paths;
    const leftOut = this.source.paths.filter((path) => !this.#readPaths.has(path) && !taken.has(path));
    if (leftOut.length === 0) return;
    const examples = leftOut.slice(0, 3).join(", ") + (leftOut.length > 3 ? ", ..." : "");
    const files = leftOut.length === 1 ? "1 file" : `${leftOut.length} files`;
    this.notes.push({ kind: "left-out", file: "", message: `${files} that no page needs: ${examples}` });
  }
}

import { stat } from "node:fs/promises";
import path from "node:path";
import { QRCardsError } from "../errors.ts";
import { openDirectory } from "./sources/directory.ts";
import { openSingleFile } from "./sources/single-file.ts";
import { openZipFile } from "./sources/zip.ts";

/** What an import may bring: counted over everything the source holds, before anything is believed. */
export interface SourceLimits {
  /** Files and folders together, the skipped ones too. */
  readonly entries: number;
  /** Of all files, unpacked; what includes add to pages is held against the same number once more. */
  readonly totalBytes: number;
}

/** For the command line: the files are on the operator's own disk. */
export const LOCAL_LIMITS: SourceLimits = { entries: 200_000, totalBytes: 2 * 1024 ** 3 };
/** For uploads. */
export const UPLOAD_LIMITS: SourceLimits = { entries: 10_000, totalBytes: 256 * 1024 ** 2 };

/** The files of an import, whatever they lie in: a folder, a ZIP, a single file. Reading one has no effect on another. */
export interface SourceTree {
  /** The folder's or archive's own name, without an extension. */
  readonly name: string;
  /** Relative to the root, with `/`, in NFC, sorted by code units. */
  readonly paths: readonly string[];
  readonly limits: SourceLimits;
  /** @throws QRCardsError `import-refused` when the file cannot be read or passes a limit */
  read(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a folder, a `.zip`, an exported `.json` or a single Markdown file.
 *
 * @throws QRCardsError `import-refused`, naming the entry at fault
 */
export async function openSource(location: string, limits: SourceLimits = LOCAL_LIMITS): Promise<SourceTree> {
  const kind = await stat(location).catch(() => undefined);
  if (kind === undefined) throw new QRCardsError("import-refused", `Nothing can be read at "${location}".`);
  if (kind.isDirectory()) return openDirectory(location, limits);
  if (!kind.isFile()) throw new QRCardsError("import-refused", `"${location}" is neither a folder nor a file.`);
  const extension = path.extname(location).toLowerCase();
  if (extension === ".zip") return openZipFile(location, limits);
  if ([".json", ".md", ".markdown"].includes(extension)) return openSingleFile(location, limits);
  throw new QRCardsError("import-refused", `"${path.basename(location)}" is not a folder, a .zip, a .json or a .md file.`);
}

import path from "node:path";
import { crc32 } from "node:zlib";
import yauzl from "yauzl";
import { QRCardsError } from "../../errors.ts";
import { checkEntryName, isSkipped } from "../entry-name.ts";
import type { SourceLimits, SourceTree } from "../source-tree.ts";
import { compareCodeUnits } from "../text.ts";
import { ReadBudget } from "./read-budget.ts";

/** Deflate reaches about 1,032; text and images stay far below 100. */
const RATIO_LIMIT = 100;
/** Small files of one repeated letter pass the ratio honestly and do no harm. */
const RATIO_APPLIES_FROM_BYTES = 1024 * 1024;

const UTF8_FLAG = 0x800;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;
const MADE_BY_UNIX = 3;
const MADE_BY_MACOS = 19;

// `decodeStrings: false`: names arrive as bytes, and this file alone judges them.
const OPTIONS = { autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: true };

/** Reads a ZIP on this machine; entries are inflated when they are read. */
export async function openZipFile(location: string, limits: SourceLimits): Promise<SourceTree> {
  return readDirectory(path.parse(location).name, limits, () => yauzl.openPromise(location, OPTIONS));
}

/** Reads a ZIP that is in memory, e.g. an upload. */
export async function openZip(bytes: Uint8Array, name: string, limits: SourceLimits): Promise<SourceTree> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readDirectory(name, limits, () => yauzl.fromBufferPromise(buffer, OPTIONS));
}

async function readDirectory(archive: string, limits: SourceLimits, open: () => Promise<yauzl.ZipFile>): Promise<SourceTree> {
  let zip: yauzl.ZipFile | undefined;
  try {
    zip = await open();
    zip.on("error", () => {}); // Whoever reads hears it; without a listener it would end the process.
    const all = await listEntries(zip, limits);
    const top = commonTopFolder([...all.keys()]);
    const entries = new Map([...all].map(([name, entry]) => [name.slice(top.length), entry]));
    return zipTree(zip, top === "" ? archive : top.slice(0, -1), entries, limits);
  } catch (cause) {
    zip?.close();
    if (cause instanceof QRCardsError) throw cause;
    throw new QRCardsError("import-refused", `"${archive}" is not a readable ZIP: ${reasonOf(cause)}.`, { cause });
  }
}

async function listEntries(zip: yauzl.ZipFile, limits: SourceLimits): Promise<Map<string, yauzl.Entry>> {
  if (zip.entryCount > limits.entries) throw new QRCardsError("import-refused", `The ZIP has more than ${limits.entries} entries.`);
  const entries = new Map<string, yauzl.Entry>();
  let declaredBytes = 0;
  for await (const entry of zip.eachEntry()) {
    const raw = decodeName(entry);
    const isFolder = raw.endsWith("/");
    const name = checkEntryName(isFolder ? raw.slice(0, -1) : raw);
    checkKind(entry, name);
    declaredBytes += entry.uncompressedSize;
    if (declaredBytes > limits.totalBytes) {
      throw new QRCardsError("import-refused", `With "${name}" the ZIP unpacks to more than ${limits.totalBytes} bytes.`);
    }
    if (isFolder || isSkipped(name)) continue;
    if (entries.has(name)) throw new QRCardsError("import-refused", `Two entries have the name "${name}".`);
    checkRatio(name, entry.uncompressedSize, entry.compressedSize);
    entries.set(name, entry);
  }
  return entries;
}

/**
 * The name as text. Old archivers write UTF-8 without setting the flag for it, so bytes that are well-formed UTF-8 are
 * taken for that; else the ZIP specification's code page 437 applies.
 */
function decodeName(entry: yauzl.Entry): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry.fileNameRaw);
    const hasUnicodeField = entry.extraFields.some((field) => field.id === 0x7075);
    if (entry.generalPurposeBitFlag & UTF8_FLAG || !hasUnicodeField) return text;
  } catch {
    // Not UTF-8.
  }
  // Strict leaves a backslash as it is, for `checkEntryName` to refuse.
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
}

function checkKind(entry: yauzl.Entry, name: string): void {
  if (entry.isEncrypted()) throw new QRCardsError("import-refused", `"${name}" is encrypted.`);
  if (!entry.canDecodeFileData()) throw new QRCardsError("import-refused", `"${name}" is packed in a way that cannot be read here.`);
  const madeBy = entry.versionMadeBy >>> 8;
  if (madeBy !== MADE_BY_UNIX && madeBy !== MADE_BY_MACOS) return;
  const kind = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (kind !== 0 && kind !== REGULAR && kind !== DIRECTORY) {
    throw new QRCardsError("import-refused", `"${name}" is a link or a special file.`);
  }
}

function checkRatio(name: string, bytes: number, packedBytes: number): void {
  if (bytes > RATIO_APPLIES_FROM_BYTES && bytes > packedBytes * RATIO_LIMIT) {
    throw new QRCardsError("import-refused", `"${name}" unpacks to more than ${RATIO_LIMIT} times its size.`);
  }
}

/** `book/` when everything lies in that one folder, else "". */
function commonTopFolder(names: readonly string[]): string {
  const first = names[0];
  const slash = first?.indexOf("/") ?? -1;
  if (first === undefined || slash === -1) return "";
  const top = first.slice(0, slash + 1);
  return names.every((name) => name.startsWith(top)) ? top : "";
}

function zipTree(zip: yauzl.ZipFile, name: string, entries: ReadonlyMap<string, yauzl.Entry>, limits: SourceLimits): SourceTree {
  const budget = new ReadBudget(limits.totalBytes);
  return {
    name,
    paths: [...entries.keys()].sort(compareCodeUnits),
    limits,
    async read(wanted) {
      const entry = entries.get(wanted);
      if (entry === undefined) throw new QRCardsError("import-refused", `The source has no file "${wanted}".`);
      const bytes = await inflate(zip, entry, wanted, budget);
      budget.count(wanted, bytes.length);
      return bytes;
    },
    close: async () => zip.close(),
  };
}

/** Counts while it inflates: the sizes that an archive declares are only claims. */
async function inflate(zip: yauzl.ZipFile, entry: yauzl.Entry, name: string, budget: ReadBudget): Promise<Uint8Array> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      size += chunk.length;
      budget.check(name, size);
      checkRatio(name, size, entry.compressedSize);
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    if (crc32(bytes) !== entry.crc32) throw new QRCardsError("import-refused", `"${name}" is damaged: its checksum does not fit.`);
    return bytes;
  } catch (cause) {
    if (cause instanceof QRCardsError) throw cause;
    throw new QRCardsError("import-refused", `"${name}" cannot be unpacked: ${reasonOf(cause)}.`, { cause });
  }
}

/** Without the full stops that some messages end in. */
function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.+$/, "");
}

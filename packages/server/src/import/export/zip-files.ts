import type { Readable } from "node:stream";
import yazl from "yazl";

/** The same files always give the same archive: ZIP knows no time before 1980. */
const MODIFIED_AT = new Date(Date.UTC(1980, 0, 1));

/** A ZIP of files, as a stream that packs while it is read. */
export function zipFiles(files: ReadonlyMap<string, Uint8Array>): Readable {
  const zip = new yazl.ZipFile();
  for (const [path, bytes] of files) {
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), path, { mtime: MODIFIED_AT, mode: 0o100644 });
  }
  zip.end();
  return zip.outputStream as Readable;
}

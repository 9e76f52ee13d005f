import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { QRCardsError } from "../../errors.ts";

/**
 * Writes an exported folder.
 *
 * @throws QRCardsError `export-refused` when the directory has files in it already
 */
export async function saveFiles(files: ReadonlyMap<string, Uint8Array>, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) throw new QRCardsError("export-refused", `"${directory}" is not empty.`);
  for (const [name, bytes] of files) {
    const file = path.join(directory, ...name.split("/"));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes, { flag: "wx" });
  }
}

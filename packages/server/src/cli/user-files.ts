import { readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { QRCardsError } from "../errors.ts";

/** The Markdown for a page, from a file or, for `-`, from standard input. */
export async function readBody(path: string): Promise<string> {
  const bytes = path === "-" ? await buffer(process.stdin) : await readUserFile(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new QRCardsError("validation-failed", `${path === "-" ? "Standard input" : `"${path}"`} is not UTF-8 text.`);
  }
}

/** @throws QRCardsError `file-unusable` */
export async function readUserFile(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw unusableFile(path, "read", error);
  });
}

/**
 * Writes a file as a whole or not at all: one that stood there before stays until the new one is complete.
 *
 * @throws QRCardsError `file-unusable`
 */
export async function writeUserFile(path: string, content: string | Uint8Array | Readable): Promise<void> {
  const partial = `${path}.partial-${process.pid}`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw unusableFile(path, "written", error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EISDIR: "it is a folder",
  EEXIST: "it is a file",
  ENOTDIR: "a part of its path is not a folder",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
};

/** What is no error of the file system is returned as it is. */
export function unusableFile(path: string, verb: "read" | "written", error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof QRCardsError || code === undefined) return error;
  return new QRCardsError("file-unusable", `"${path}" cannot be ${verb}: ${REASONS[code] ?? message}.`, { cause: error });
}

/** For the `catch` of what reads or writes a file and a database: of a database's error, which has no path, its name is said already. */
export function namingFile(path: string, verb: "read" | "written"): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw error.path === undefined ? error : unusableFile(path, verb, error);
  };
}

import { QRCardsError } from "../errors.ts";

const CONTROL = /\p{Cc}/u;
const SEGMENT_LIMIT = 255;
const PATH_LIMIT = 4096;
/** Folders that tools leave behind. Everything that starts with a dot is skipped too, but for our own file. */
const SKIPPED = new Set(["node_modules", "__MACOSX"]);
/** What a folder of Markdown cannot express stands in this file of an export. */
export const SIDECAR = ".qrcards.json";

/**
 * The one judge of names in a source: what it returns is a relative path of plain segments, in NFC.
 *
 * @throws QRCardsError `import-refused` for an absolute path, `.` or `..`, an empty segment, a backslash, a NUL or another
 *   control character, half a surrogate pair, and names beyond 255 (segment) or 4,096 (path) characters
 */
export function checkEntryName(name: string): string {
  const problem = findProblem(name);
  if (problem !== undefined) throw new QRCardsError("import-refused", `The entry ${JSON.stringify(name.slice(0, 200))} ${problem}.`);
  return name.normalize("NFC");
}

function findProblem(name: string): string | undefined {
  if (!name.isWellFormed()) return "has a name that is not Unicode text";
  if (CONTROL.test(name)) return "has a control character in its name";
  if (name.includes("\\")) return "has a backslash in its name";
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) return "has an absolute path";
  if (name.length > PATH_LIMIT) return `has a path of more than ${PATH_LIMIT} characters`;
  const segments = name.split("/");
  if (segments.includes("..")) return "points out of its folder";
  if (segments.includes("") || segments.includes(".")) return "has an empty part in its path";
  if (segments.some((segment) => segment.length > SEGMENT_LIMIT)) return `has a name of more than ${SEGMENT_LIMIT} characters`;
  return undefined;
}

/** Whether an import passes over the entry: its own name, or that of a folder above it. */
export function isSkipped(name: string): boolean {
  const segments = name.split("/");
  return segments.some((segment, depth) => {
    const isSidecar = segment === SIDECAR && depth === segments.length - 1;
    return SKIPPED.has(segment) || (segment.startsWith(".") && !isSidecar);
  });
}

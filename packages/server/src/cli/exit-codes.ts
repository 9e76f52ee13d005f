import { ERRORS, type ErrorCode } from "../errors.ts";

/** What the command line tells the shell. `qrcards --help` and docs/cli.md list the same; a test holds them against each other. */
export const EXIT_CODES = {
  done: { code: 0, meaning: "done" },
  failed: { code: 1, meaning: "it did not work, and nothing was changed; `doctor`: something is broken" },
  usage: { code: 2, meaning: "the command or a setting was not understood" },
  notFound: { code: 3, meaning: "there is nothing (any more) at that id, path or address" },
  conflict: { code: 4, meaning: "something stands in the way: a newer revision, a slug that is taken" },
  unavailable: { code: 5, meaning: "try again: the database is busy or away, the port is taken" },
} as const satisfies Record<string, { code: number; meaning: string }>;

/** The exit code follows from the status that the same error has over HTTP. */
export function exitCodeOf(code: ErrorCode): number {
  if (code === "usage" || code === "config-invalid") return EXIT_CODES.usage.code;
  const { status } = ERRORS[code];
  if (status === 404 || status === 410) return EXIT_CODES.notFound.code;
  if (status === 409) return EXIT_CODES.conflict.code;
  if (status === 503) return EXIT_CODES.unavailable.code;
  return EXIT_CODES.failed.code;
}

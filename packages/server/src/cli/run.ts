import { buildProgram } from "./program.ts";
import { reportFailure } from "./report-failure.ts";

/** Runs one command line. The exit code is set, not forced, so that what was written still gets out. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    reportFailure(error, { program, argv });
  }
}

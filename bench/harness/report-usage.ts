/** Preloaded into a command that `runCommand` runs: when it ends, it writes what it used to the pipe that it was given. */
import { writeSync } from "node:fs";

process.on("exit", () => writeSync(3, JSON.stringify(process.resourceUsage())));

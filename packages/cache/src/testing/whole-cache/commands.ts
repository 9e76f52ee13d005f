import type { Stage } from "./stage.ts";

/** What nodes say to Redis besides, in the background, within a measurement. */
export const BACKGROUND_COMMANDS = 12;

/** How many commands Redis executes while this is done, and until all is quiet after it. */
export async function commandsOf(stage: Stage, work: () => Promise<unknown>): Promise<number> {
  await stage.quiet();
  const before = await stage.probe.commandsExecuted();
  await work();
  await stage.quiet();
  return (await stage.probe.commandsExecuted()) - before;
}

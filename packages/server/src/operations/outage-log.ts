import type { Logger } from "pino";
import type { Services } from "../services.ts";
import { redact } from "./redact.ts";

/**
 * A line when the database stops answering polls, one for each other reason that an outage turns out to have (its file is away,
 * and then another version's is there), and one when it answers again. Those who read what stands in would never make one.
 */
export function logOutages({ freshness, database }: Pick<Services, "freshness" | "database">, log: Pick<Logger, "warn">): void {
  /** What was said of the outage that goes on. */
  const told = new Set<string>();
  freshness.on("pollFailed", ({ error }) => {
    const reason = redact(error instanceof Error && error.message !== "" ? error.message : String((error as { code?: unknown }).code));
    if (told.has(reason)) return;
    told.add(reason);
    log.warn({ database: database.label, reason }, "The database does not answer: what is in memory stands in until it does");
  });
  freshness.on("polled", () => {
    if (told.size === 0) return;
    told.clear();
    log.warn({ database: database.label }, "The database answers: all is current again");
  });
}

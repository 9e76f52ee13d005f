import { classifyDatabaseError } from "../../database-errors.ts";
import { QRCardsError } from "../../errors.ts";
import type { ContentCounts, DatabaseInspection } from "../../operations/inspect-database.ts";
import { count } from "../text.ts";
import { type Check, fail, ok, warn } from "./check.ts";

export interface InspectedDatabase {
  readonly checks: readonly Check[];
  /** Whether trips and cards can be read: the schema is the one of this version. */
  readonly isReadable: boolean;
}

export async function checkDatabase(url: string): Promise<InspectedDatabase> {
  const { inspectDatabase } = await import("../../operations/inspect-database.ts");
  try {
    const inspection = await inspectDatabase(url);
    return { checks: judge(inspection), isReadable: inspection.contents !== null && inspection.damage.length === 0 };
  } catch (error) {
    return { checks: [describeFailure(error)], isReadable: false };
  }
}

function describeFailure(error: unknown): Check {
  if (error instanceof QRCardsError) return fail(error.code === "schema-newer" ? "Schema" : "Database", error.message, error.help);
  const unreachable = error instanceof Error && classifyDatabaseError(error) !== undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (unreachable) return fail("Database", `it does not answer: ${message}`, "Check DATABASE_URL and that the database runs.");
  return fail("Database", message, "If the file is damaged, take it aside and bring back a backup.");
}

function judge({ label, pendingSteps, damage, journalMode, contents, rootless }: DatabaseInspection): Check[] {
  const checks = [ok("Database", label)];
  checks.push(
    pendingSteps.length === 0
      ? ok("Schema", "up to date")
      : warn(
          "Schema",
          `${count(pendingSteps.length, "step")} to go: ${pendingSteps.join(", ")}`,
          "The next start does it. Make a backup before.",
        ),
  );
  if (journalMode !== null) {
    checks.push(
      damage.length === 0
        ? ok("Integrity", "every page and every reference is sound")
        : fail(
            "Integrity",
            damage.join("; "),
            "Stop the server, take the file aside and bring back a backup; `sqlite3 FILE .recover` saves what can be saved.",
          ),
    );
    checks.push(
      journalMode === "wal"
        ? ok("Journal", "write-ahead log: readers do not wait for writers")
        : warn(
            "Journal",
            `"${journalMode}" instead of a write-ahead log`,
            "This disk cannot do it (a network share?). Move the data folder to a local disk.",
          ),
    );
  }
  if (rootless.length > 0) {
    checks.push(
      fail(
        "Trips",
        `without their own page: ${rootless.join(", ")}`,
        "Somebody deleted rows by hand. Bring back a backup, or delete the rows of these trips too.",
      ),
    );
  }
  if (contents !== null) checks.push(...judgeContents(contents));
  return checks;
}

function judgeContents({ total, unrendered, unreferenced }: ContentCounts): Check[] {
  return [
    unrendered === 0
      ? ok("Pages", "all have their HTML")
      : warn(
          "Pages",
          `${count(unrendered, "text")} without HTML of this version`,
          "It is made at the first reading. Nothing to do; the first reader waits a little.",
        ),
    ok(
      "Texts",
      `${total.toLocaleString("en")} stored${unreferenced > 0 ? `, ${unreferenced.toLocaleString("en")} of them former versions` : ""}`,
    ),
  ];
}

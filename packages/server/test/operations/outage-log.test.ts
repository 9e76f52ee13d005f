import { createFreshness, type PollAnswer } from "@qrcards/cache";
import { expect, test } from "vitest";
import { logOutages } from "../../src/operations/outage-log.ts";
import type { Services } from "../../src/services.ts";

test("an outage of the database is told once for each reason, without secrets, and so is its end", async () => {
  const answer: PollAnswer = { epoch: "a", seq: 1, stamp: "a", generation: 0, changes: [] };
  const reasons = [
    "refused by postgres://me:hunter2@db/cards",
    "refused by postgres://me:hunter2@db/cards",
    "the file is away",
    "the file is away",
  ];
  const polls = [undefined, ...reasons, undefined, undefined, "refused", undefined];
  const authority = {
    async poll() {
      const reason = polls.shift();
      if (reason !== undefined) throw new Error(reason);
      return answer;
    },
  };
  const freshness = createFreshness({ authority });
  const lines: unknown[] = [];
  const log = { warn: (fields: object, text: string) => void lines.push({ ...fields, text }) };
  logOutages({ freshness, database: { label: "cards" } as Services["database"] }, log as Parameters<typeof logOutages>[1]);

  while (polls.length > 0) await freshness.hear().catch(() => {});
  await freshness.close();

  const away = { database: "cards", text: "The database does not answer: what is in memory stands in until it does" };
  const back = { database: "cards", text: "The database answers: all is current again" };
  expect(lines).toEqual([
    { ...away, reason: "refused by postgres://[secret]@db/cards" },
    { ...away, reason: "the file is away" },
    back,
    { ...away, reason: "refused" },
    back,
  ]);
});

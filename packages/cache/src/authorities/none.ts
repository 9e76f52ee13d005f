import { type Knowledge, NOBODY_TO_TELL } from "../authority.ts";
import { systemClock } from "../clock.ts";

const TICKET = { generation: 0, seq: 0 };
const NOTHING = Promise.resolve();

/**
 * Nobody is asked: whatever is within its TTL counts as current. The default of a cache without a second tier. The TTL is then
 * the whole guarantee, beside what this process itself deletes.
 */
export const none: Knowledge = {
  clock: systemClock,
  leaseUntil: Number.POSITIVE_INFINITY,
  verified: true,
  history: "none",
  contact: undefined,
  vouchesFor: () => true,
  mayStandIn: () => true,
  isCurrent: () => true,
  renew: () => NOTHING,
  begin: () => TICKET,
  reach: () => NOTHING,
  admit: () => "admitted",
  end: () => {},
  ask: () => undefined,
  judgeFrame: () => "current",
  announce: () => NOBODY_TO_TELL,
  announceAll: async () => ({ reach: "done", voidsTier: false }),
  addHolder: () => () => {},
};

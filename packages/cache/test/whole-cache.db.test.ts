import { type BehaviourContract, wholeCacheContract } from "@qrcards/cache/testing";
import { describe, test } from "vitest";
import { ownAdapter, patientAdapter } from "./support/own-adapter.ts";
import { redisProgram } from "./support/redis-server.ts";

/** Where it is the point how long Redis is waited for, the cache runs as it comes. */
const AS_IT_COMES = /^Redis hangs/;

/** A case has its own limit, and may be repeated on a machine that stands still. */
const TIMEOUT_MS = 90_000;

const as = (adapter: typeof ownAdapter, isWanted: (heading: string) => boolean): BehaviourContract[] =>
  wholeCacheContract({ adapter }).filter(({ heading }) => isWanted(heading));

const behaviours = [
  ...as(patientAdapter, (heading) => !AS_IT_COMES.test(heading)),
  ...as(ownAdapter, (heading) => AS_IT_COMES.test(heading)),
];

describe.skipIf(redisProgram === undefined).concurrent("the whole cache, as a black box", () => {
  for (const { heading, cases } of behaviours) {
    for (const { name, run } of cases) test(`${heading}: ${name}`, { timeout: TIMEOUT_MS }, run);
  }
});

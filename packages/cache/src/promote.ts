import { type Entry, judge } from "./entry.ts";
import type { Flight, Landing } from "./flight.ts";
import type { Frame } from "./frame.ts";
import { deepFreeze } from "./freeze.ts";
import type { Parts } from "./options.ts";
import { type FullPolicy, ttlOf } from "./policy.ts";
import { entryFrom, hold } from "./write.ts";

/** What the second tier has for this flight, judged, and if it is good for anything also held in this process from now on. */
export async function fromFrame<T>(
  parts: Parts,
  flight: Flight<T>,
  findFrame: () => Promise<Frame | undefined>,
  policy: FullPolicy<T>,
): Promise<Landing<T> | undefined> {
  const { knowledge, clock, shared } = parts;
  const { key } = flight;
  // Before any I/O, as for a load: what is polled meanwhile is weighed against what is found.
  const ticket = knowledge.begin();
  try {
    // What the authority says is asked for at the same time. If it cannot answer, neither can the frame be judged.
    const asking = knowledge.ask(ticket, policy.versionTag)?.catch(() => undefined);
    const frame = await findFrame();
    const reading = asking === undefined ? undefined : await asking;
    if (frame === undefined) return undefined;
    // No await from here to the end, as in `write`.
    const verdict = knowledge.judgeFrame(ticket, frame, reading);
    if (verdict === "refused" || !flight.spares(frame.tags)) return void shared?.count("refused");
    const entry = read(parts, frame, ticket.generation, policy);
    if (entry === undefined) return void shared?.count("garbage");
    const judged = verdict === "over" ? entry.over() : entry;
    const status = judge(judged, knowledge, clock);
    if (status === "dead") return void shared?.count("over");
    shared?.count(status === "fresh" ? "accepted" : "over");
    hold(parts, key, judged, policy, clock.now());
    return { entry: judged, status: status === "fresh" ? "hit" : status };
  } finally {
    knowledge.end(ticket);
  }
}

/** Jitter has shortened a value's life when it was loaded, and does not do so again. */
const notAtAll = () => 0;

function read<T>(parts: Parts, frame: Frame, generation: number, policy: FullPolicy<T>): Entry<T> | undefined {
  const { shared, freeze } = parts;
  try {
    const value = shared!.decode(frame, policy);
    const life = shared!.lifeOf(frame, ttlOf(policy, value, frame.key, notAtAll), policy);
    return life && entryFrom(parts, freeze ? deepFreeze(value) : value, life, frame, generation, policy);
  } catch {
    // Bytes that the codec cannot read; or the policy's own functions throw, and will again for what is loaded.
    return undefined;
  }
}

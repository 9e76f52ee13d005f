import { type Answer, askEach, reasonsIn } from "./ask.ts";
import type { Address, Place, Settings } from "./options.ts";

/** Of a Sentinel: the master that it knows of, and the number of the failover that made it one. */
interface MasterReply {
  readonly ip: string;
  readonly port: string;
  readonly "config-epoch": string;
}

/**
 * Asks all Sentinels who the master is. Of the first answers that are more than half of all, the one with the newest failover
 * counts: there is no failover without more than half of the Sentinels. If so many cannot be reached, those that can count.
 *
 * @throws if none answers within the time that an attempt to connect may take
 */
export async function findMaster(settings: Settings, place: Place & { kind: "sentinel" }, signal: AbortSignal): Promise<Address> {
  const { name, nodes, login } = place;
  const options = { addresses: nodes, login, limitMs: settings.connectTimeoutMs, signal };
  const { replies, errors } = await askEach(options, ["SENTINEL", "MASTER", name], majority<MasterReply>);
  const [newest] = replies.sort((a, b) => Number(b["config-epoch"]) - Number(a["config-epoch"]));
  if (newest === undefined) throw new Error(`No Sentinel says who the master of "${name}" is. ${reasonsIn(errors)}`);
  return { host: newest.ip, port: Number(newest.port) };
}

/** Resolves with the replies when they are from more than half, or when no more can come. */
function majority<T>(answers: readonly Promise<Answer<T>>[]): Promise<{ replies: T[]; errors: Error[] }> {
  return new Promise((resolve) => {
    const replies: T[] = [];
    const errors: Error[] = [];
    const settle = () => {
      if (2 * replies.length > answers.length || replies.length + errors.length === answers.length) resolve({ replies, errors });
    };
    for (const answer of answers) {
      answer
        .then(
          ({ reply }) => replies.push(reply),
          (error: Error) => errors.push(error),
        )
        .finally(settle);
    }
  });
}

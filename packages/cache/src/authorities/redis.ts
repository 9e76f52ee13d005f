import { randomBytes } from "node:crypto";
import type { Authority, Change, PollAnswer, Position } from "../authority.ts";
import type { Keys } from "../redis/keys.ts";
import type { Link } from "../redis/link.ts";
import { Script } from "../redis/script.ts";

/**
 * How many of the newest stamps are kept. A process that is further behind than that starts anew. At one poll each 400 ms it
 * takes 25,000 invalidations a second to get there.
 */
const HEADS = 10_000;

/** What one ZADD takes: Lua's stack ends at some 8,000. */
const TAGS_PER_STEP = 2_000;

/**
 * The log, in three keys of one slot:
 *
 * - position, a hash: epoch, seq, stamp, generation, and floor, the number from which on the log is complete
 * - changes, a sorted set: each tag with the number of its *last* change, so that a hot tag takes one place
 * - heads, a list: the newest stamps, newest first, so that the one at any recent number can be compared
 *
 * They are written together, always. If one is missing, the server was emptied or has evicted it, and nobody can say any more
 * what was in it: a new epoch begins, whose name and first stamp the caller has brought along.
 */
const OPEN = `
local at, changes, heads = KEYS[1], KEYS[2], KEYS[3]
local newEpoch, newStamp = ARGV[1], ARGV[2]
local epoch, seq, stamp, generation, floor = unpack(redis.call('HMGET', at, 'epoch', 'seq', 'stamp', 'generation', 'floor'))
seq, generation, floor = tonumber(seq), tonumber(generation), tonumber(floor)

local function begin()
  epoch, seq, stamp, generation = newEpoch, (seq or 0) + 1, newStamp, 0
  floor = seq
  redis.call('DEL', changes, heads)
  redis.call('HSET', at, 'epoch', epoch, 'seq', seq, 'stamp', stamp, 'generation', generation, 'floor', floor)
  redis.call('ZADD', changes, seq, '')
  redis.call('LPUSH', heads, stamp)
end

if not (epoch and seq and stamp and generation and floor and redis.call('EXISTS', changes, heads) == 2) then begin() end
`;

/** ARGV: ..., how many tags are kept, the tags. */
const RECORD = `
local function record()
  seq, stamp = seq + 1, newStamp
  redis.call('HSET', at, 'seq', seq, 'stamp', stamp, 'generation', generation)
  redis.call('LPUSH', heads, stamp)
  redis.call('LTRIM', heads, 0, ${HEADS - 1})
  for first = 4, #ARGV, ${TAGS_PER_STEP} do
    local members = {}
    for i = first, math.min(first + ${TAGS_PER_STEP - 1}, #ARGV) do
      members[#members + 1] = seq
      members[#members + 1] = ARGV[i]
    end
    redis.call('ZADD', changes, unpack(members))
  end
  local excess = redis.call('ZCARD', changes) - ARGV[3]
  if excess > 0 then
    local newest = redis.call('ZRANGE', changes, excess - 1, excess - 1, 'WITHSCORES')
    redis.call('ZREMRANGEBYRANK', changes, 0, excess - 1)
    redis.call('HSET', at, 'floor', newest[2] + 1)
  end
end
`;

/** ARGV: ..., the epoch and seq polled last; both empty at first. The stamp at that seq comes only if the log reaches back to it. */
const POLL = new Script(`${OPEN}
local since, stampThen, first = tonumber(ARGV[4]), false, '-inf'
if ARGV[3] == epoch then
  first = '(' .. ARGV[4]
  if since >= floor - 1 and since <= seq then stampThen = redis.call('LINDEX', heads, seq - since) end
end
return { epoch, seq, stamp, generation, floor, stampThen, redis.call('ZRANGEBYSCORE', changes, first, '+inf', 'WITHSCORES') }
`);

const BUMP = new Script(`${OPEN}${RECORD}
record()
return { epoch, seq, stamp }
`);

const SOFT_FLUSH = new Script(`${OPEN}${RECORD}
generation = generation + 1
record()
return 0
`);

const HARD_FLUSH = new Script(`${OPEN}
if epoch ~= newEpoch then begin() end
return 0
`);

type PollReply = [
  epoch: string,
  seq: number,
  stamp: string,
  generation: number,
  floor: number,
  stampThen: string | null,
  changes: string[],
];

/**
 * A log of the caches' own invalidations, kept in Redis; an `Authority` for those whose database does not count changes. Each
 * verb is one round trip and one atomic step. What can happen to a Redis is noticed by the next poll: emptied, restarted
 * without its data or evicted, it has another epoch; restored from an old dump, or failed over to a replica that lagged, it has
 * gone back or has other stamps.
 */
export class RedisAuthority implements Authority {
  readonly #link: Link;
  readonly #keys: Keys["log"];
  readonly #logEntries: number;

  /** @param logEntries how many different tags it remembers */
  constructor(link: Link, keys: Keys, logEntries: number) {
    this.#link = link;
    this.#keys = keys.log;
    this.#logEntries = logEntries;
  }

  /**
   * In `changes` each tag is there once, with its last change. The first one is without a tag: it tells the stamp at
   * `since.seq`, and is missing if the log does not reach back so far. Stamps of others are given as far as they are known,
   * else empty: nobody compares them.
   */
  async poll(since: Position | undefined): Promise<PollAnswer> {
    const [epoch, seq, stamp, generation, completeFrom, stampThen, rows] = await this.#run<PollReply>(POLL, [
      since?.epoch ?? "",
      since === undefined ? "" : `${since.seq}`,
    ]);
    const changes: Change[] = [];
    if (since !== undefined && stampThen !== null) changes.push({ seq: since.seq, tag: "", stamp: stampThen });
    for (let at = 0; at < rows.length; at += 2) {
      const changedAt = Number(rows[at + 1]);
      changes.push({ seq: changedAt, tag: rows[at]!, stamp: changedAt === seq ? stamp : "" });
    }
    return { epoch, seq, stamp, generation, completeFrom, changes };
  }

  async bump(tags: readonly string[]): Promise<Position> {
    // Each change has a row, so that the answer of a poll ends with the head.
    const words = tags.length === 0 ? [""] : tags;
    const [epoch, seq, stamp] = await this.#run<[string, number, string]>(BUMP, [`${this.#logEntries}`, ...words]);
    return { epoch, seq, stamp };
  }

  async flush(hard: boolean): Promise<void> {
    await (hard ? this.#run(HARD_FLUSH, []) : this.#run(SOFT_FLUSH, [`${this.#logEntries}`, ""]));
  }

  #run<T>(script: Script, args: readonly string[]): Promise<T> {
    return script.run<T>(this.#link, this.#keys, [random(), random(), ...args]);
  }
}

/** 64 random bits, as 16 digits. */
const random = () => randomBytes(8).toString("hex");

import { RESP_TYPES } from "@redis/client";
import type { Keys } from "../redis/keys.ts";
import type { Link, Server } from "../redis/link.ts";
import { Script } from "../redis/script.ts";
import type { SharedTier } from "../shared-tier.ts";

const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** How many keys one step of the walk looks at: about a millisecond of the server's time. */
const KEYS_PER_STEP = 500;

/**
 * SET unless what is held is newer: `isOlder` of `frame.ts` in Lua, on the same layout. Versions have a fixed width, so their
 * order as text is their order as numbers.
 */
const SET = new Script(`
local frame, ttl = ARGV[1], ARGV[2]
local versionAt = 4 + (string.byte(frame, 3) or 0)
local versionEnd = versionAt + 13

local function versionOf(bytes)
  local version = string.sub(bytes, versionAt, versionEnd)
  if string.find(version, '^[0-9a-f]+$') and #version == 14 and version < '20000000000000' then return version end
end

if string.sub(frame, 1, 2) == 'Q1' then
  local held = redis.pcall('GETRANGE', KEYS[1], 0, versionEnd - 1)
  if type(held) == 'string' and string.sub(held, 1, versionAt - 1) == string.sub(frame, 1, versionAt - 1) then
    local mine, theirs = versionOf(frame), versionOf(held)
    if mine and theirs and mine < theirs then return 0 end
  end
end
if ttl == '' then redis.call('SET', KEYS[1], frame) else redis.call('SET', KEYS[1], frame, 'PX', ttl) end
return 1
`);

/** The holder may take it again, which makes it last longer. */
const LOCK = new Script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const UNLOCK = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`);

/** A `SharedTier` in Redis or Valkey. */
export class RedisTier implements SharedTier {
  readonly #link: Link;
  readonly #keys: Keys;

  constructor(link: Link, keys: Keys) {
    this.#link = link;
    this.#keys = keys;
  }

  /** On a cluster, the keys of a server that fails count as not held, as long as any server answers. */
  async get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const names = keys.map((key) => this.#keys.entry(key));
    const batches = this.#bySlot(names);
    if (batches.length <= 1) return names.length === 0 ? [] : this.#getTogether(names);
    const found = new Map<string, Uint8Array | undefined>();
    const asked = await Promise.allSettled(
      batches.map(async (batch) => {
        const frames = await this.#getTogether(batch);
        for (const [index, name] of batch.entries()) found.set(name, frames[index]);
      }),
    );
    const failed = asked.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined && found.size === 0) throw failed.reason;
    return names.map((name) => found.get(name));
  }

  async set(key: string, frame: Uint8Array, ttlMs: number): Promise<boolean> {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    return (await SET.run<number>(this.#link, [this.#keys.entry(key)], [bytes, expiry(ttlMs)])) === 1;
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#unlink(keys.map((key) => this.#keys.entry(key)));
  }

  async lock(key: string, token: string, ttlMs: number): Promise<boolean> {
    return (await LOCK.run<number>(this.#link, [this.#keys.lock(key)], [token, expiry(ttlMs)])) === 1;
  }

  async unlock(key: string, token: string): Promise<void> {
    await UNLOCK.run(this.#link, [this.#keys.lock(key)], [token]);
  }

  async clear(prefix = ""): Promise<number> {
    const pattern = `${this.#keys.entryPrefix}${prefix.replaceAll(/[\\*?[\]]/g, "\\$&")}*`;
    const dropped = await Promise.all(this.#link.servers().map((server) => this.#clear(server, pattern)));
    return dropped.reduce((sum, count) => sum + count, 0);
  }

  now(): number | undefined {
    return this.#link.now(this.#keys.bus);
  }

  async #clear(server: Server, pattern: string): Promise<number> {
    let dropped = 0;
    let cursor = "0";
    do {
      const step = ["SCAN", cursor, "MATCH", pattern, "COUNT", `${KEYS_PER_STEP}`];
      const [next, names] = await server.send<[string, string[]]>(step);
      dropped += await this.#unlink(names);
      cursor = next;
    } while (cursor !== "0");
    return dropped;
  }

  async #unlink(names: readonly string[]): Promise<number> {
    const dropped = await Promise.all(this.#bySlot(names).map((batch) => this.#link.send<number>(batch[0]!, ["UNLINK", ...batch])));
    return dropped.reduce((sum, count) => sum + count, 0);
  }

  /** What is held under each of these names, which are in one slot. */
  async #getTogether(names: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const [name] = names as [string];
    if (names.length === 1) return [parseFrame(await this.#link.send<unknown>(name, ["GET", name], AS_BYTES))];
    const frames = await this.#link.send<unknown>(name, ["MGET", ...names], AS_BYTES);
    if (!Array.isArray(frames) || frames.length !== names.length) throw otherAnswer();
    return frames.map(parseFrame);
  }

  /** In batches that may go in one command each. */
  #bySlot(names: readonly string[]): string[][] {
    const batches = new Map<number, string[]>();
    for (const name of names) {
      const slot = this.#link.slotOf(name);
      const batch = batches.get(slot);
      if (batch === undefined) batches.set(slot, [name]);
      else batch.push(name);
    }
    return [...batches.values()];
  }
}

/** @throws if it is what only another command is answered with: then the connection is out of step, which its heartbeat will notice */
function parseFrame(reply: unknown): Buffer | undefined {
  if (reply === null) return undefined;
  if (Buffer.isBuffer(reply)) return reply;
  throw otherAnswer();
}

const otherAnswer = () => new Error("Redis answered something else than it was asked.");

/** The milliseconds for PX; empty for what is longer than Redis can count, which then stays until it is evicted. */
function expiry(ttlMs: number): string {
  return ttlMs > Number.MAX_SAFE_INTEGER ? "" : `${Math.ceil(ttlMs)}`;
}

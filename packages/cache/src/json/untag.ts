import { CodecError } from "../errors.ts";
import { MOST_DEPTH } from "./plain.ts";
import { hasOnlyTag, VIEWS } from "./words.ts";

const NUMBERS: readonly unknown[] = ["NaN", "Infinity", "-Infinity", "-0"];

/**
 * The value that `tag` made `data` from. It changes `data`, which must be fresh from `JSON.parse`.
 *
 * @throws CodecError for what `tag` did not make
 */
export function untag(data: unknown, depth = 0): unknown {
  if (typeof data !== "object" || data === null) return data;
  if (depth > MOST_DEPTH) throw new CodecError(`The bytes are nested more than ${MOST_DEPTH} deep.`);
  if (Array.isArray(data)) return untagItems(data, depth);
  return hasOnlyTag(data) ? untagOne((data as { $: unknown }).$, depth) : untagMembers(data, depth);
}

function untagItems(items: unknown, depth: number): unknown[] {
  if (!Array.isArray(items)) throw unknownTag();
  for (let index = 0; index < items.length; index++) items[index] = untag(items[index], depth + 1);
  return items;
}

function untagMembers(members: unknown, depth: number): object {
  if (typeof members !== "object" || members === null || Array.isArray(members)) throw unknownTag();
  // `JSON.parse` makes even `__proto__` an own property, and assigning to an own property never reaches a prototype's setter.
  const own = members as Record<string, unknown>;
  for (const name of Object.keys(own)) own[name] = untag(own[name], depth + 1);
  return own;
}

function untagOne(tag: unknown, depth: number): unknown {
  if (!Array.isArray(tag) || tag.length !== 2) throw unknownTag();
  const [name, data] = tag as [unknown, unknown];
  switch (name) {
    case "undefined":
      return undefined;
    case "number":
      if (!NUMBERS.includes(data)) throw unknownTag();
      return Number(data);
    case "bigint":
      return untagBigint(data);
    case "Object":
      return untagMembers(data, depth);
    case "Bare":
      return Object.setPrototypeOf(untagMembers(data, depth), null);
    case "Date":
      if (data !== null && typeof data !== "number") throw unknownTag();
      return new Date(data ?? Number.NaN);
    case "Set":
      return new Set(untagItems(data, depth));
    case "Map":
      return new Map(untagItems(data, depth) as [unknown, unknown][]);
    default:
      return untagBytes(name, data);
  }
}

function untagBigint(data: unknown): bigint {
  const [, sign, digits] = /^(-?)([0-9a-f]+)$/.exec(String(data)) ?? [];
  if (digits === undefined) throw unknownTag();
  const size = BigInt(`0x${digits}`);
  return sign === "-" ? -size : size;
}

function untagBytes(name: unknown, data: unknown): unknown {
  if (typeof name !== "string" || typeof data !== "string") throw unknownTag();
  const bytes = Buffer.from(data, "base64");
  if (name === "Buffer") return bytes;
  // A copy, as small buffers share their memory with others.
  const { buffer } = new Uint8Array(bytes);
  if (name === "ArrayBuffer") return buffer;
  const view = VIEWS.get(name);
  if (view === undefined) throw unknownTag();
  return new view(buffer);
}

function unknownTag(): CodecError {
  return new CodecError("The bytes have a tag that this codec does not know.");
}

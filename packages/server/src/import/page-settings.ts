import { slugify } from "../paths/slugify.ts";
import { isNodeId } from "../trips/node-id.ts";
import { type Direction, type ImportNote, NODE_STATES, type NodeId, type NodeState, type PlannedNode } from "../trips/types.ts";

/** A page's front matter, understood. Undefined is what it does not say. */
export interface PageSettings {
  readonly title: string | undefined;
  readonly slug: string | undefined;
  readonly id: NodeId | undefined;
  readonly state: NodeState | undefined;
  readonly language: string | undefined;
  readonly direction: Direction | undefined;
  /** Place among its siblings; smaller goes first. */
  readonly order: number | undefined;
  /** Former addresses, as the author wrote them. */
  readonly aliases: readonly string[];
}

const KEYS = {
  title: ["title"],
  slug: ["slug"],
  id: ["id"],
  state: ["state", "draft", "published", "unlisted"],
  language: ["language", "lang"],
  direction: ["direction", "dir"],
  order: ["order", "position", "weight", "sidebar_position", "nav_order"],
  aliases: ["aliases", "redirect_from"],
} as const;
const KNOWN = new Set<string>(Object.values(KEYS).flat());

/** Of a page without front matter. */
export const NO_SETTINGS: PageSettings = {
  title: undefined,
  slug: undefined,
  id: undefined,
  state: undefined,
  language: undefined,
  direction: undefined,
  order: undefined,
  aliases: [],
};

/** Reads what it knows; `unknownKeys` names the rest. A value of the wrong kind is noted where it stands. */
export function readPageSettings(values: Readonly<Record<string, unknown>>, file: string, note: (note: ImportNote) => void): PageSettings {
  const complain = (key: string, wanted: string) =>
    note({ kind: "front-matter-ignored", file, message: `The "${key}" of the front matter is not ${wanted}; it was ignored.` });
  const pick = <T>(keys: readonly string[], wanted: string, read: (value: unknown) => T | undefined): T | undefined => {
    const key = keys.find((candidate) => Object.hasOwn(values, candidate) && values[candidate] !== null);
    if (key === undefined) return undefined;
    const value = read(values[key]);
    if (value === undefined) complain(key, wanted);
    return value;
  };

  const title = pick(KEYS.title, "a text", readText);
  const slug = pick(KEYS.slug, "a text that can stand in an address", (value) => slugify(readText(value) ?? "") || undefined);
  const id = pick(KEYS.id, "an id of QRCards", (value) => (typeof value === "string" && isNodeId(value) ? value : undefined));
  const language = pick(KEYS.language, "a language tag", readLanguage);
  const direction = pick(KEYS.direction, '"ltr" or "rtl"', (value) => (value === "ltr" || value === "rtl" ? value : undefined));
  const order = pick(KEYS.order, "a number", (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined));
  const aliases = pick(KEYS.aliases, "a list of addresses", (value) => {
    const list = Array.isArray(value) ? value : [value];
    return list.every((entry) => typeof entry === "string") ? (list as string[]) : undefined;
  });
  const state = readState(values, complain);
  return {
    title,
    slug,
    id,
    state,
    language,
    direction,
    order,
    aliases: aliases ?? [],
  };
}

/** What a page's own settings say of its node. */
export function ownSettings({ id, slug, language, direction }: PageSettings): Pick<PlannedNode, "id" | "slug" | "language" | "direction"> {
  return {
    ...(id !== undefined && { id }),
    ...(slug !== undefined && { slug }),
    ...(language !== undefined && { language }),
    ...(direction !== undefined && { direction }),
  };
}

/** The keys of the front matter that no page's settings know. */
export function unknownKeys(values: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(values).filter((key) => !KNOWN.has(key));
}

function readState(values: Readonly<Record<string, unknown>>, complain: (key: string, wanted: string) => void): NodeState | undefined {
  const { state, draft, published, unlisted } = values;
  if (state !== undefined && state !== null) {
    const known = NODE_STATES.find((candidate) => candidate === state);
    if (known === undefined) complain("state", `one of ${NODE_STATES.join(", ")}`);
    return known;
  }
  if (draft === true || published === false) return "draft";
  return unlisted === true ? "unlisted" : undefined;
}

/** Numbers too: `title: 1984` is a title. */
function readText(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value).replace(/\s+/g, " ").trim();
  return text === "" ? undefined : text;
}

/** The canonical spelling of a BCP 47 tag. */
export function readLanguage(value: unknown): string | undefined {
  try {
    return typeof value === "string" ? Intl.getCanonicalLocales(value.trim().replaceAll("_", "-"))[0] : undefined;
  } catch {
    return undefined;
  }
}

const RTL_LANGUAGES = new Set(["ar", "arc", "ckb", "dv", "fa", "ha-Arab", "he", "ps", "sd", "syr", "ug", "ur", "yi"]);

/** The direction that a language is written in, by its language subtag. */
export function directionOf(language: string): Direction {
  return RTL_LANGUAGES.has(language) || RTL_LANGUAGES.has(language.split("-")[0]!) ? "rtl" : "ltr";
}

type Guard<T> = (value: unknown) => value is T;

const text: Guard<string> = (value) => typeof value === "string";
const number: Guard<number> = (value) => typeof value === "number";
const flag: Guard<boolean> = (value) => typeof value === "boolean";
const texts: Guard<readonly string[]> = (value): value is readonly string[] => Array.isArray(value) && value.every(text);

/** What a worker says to the primary. */
const TO_PRIMARY = {
  /** Its event loop turns. */
  beat: {},
  /** It serves from now on; the report is for whoever started the cluster. */
  ready: { report: text },
  /** It takes no connections any more, and ends when its last answer is out. */
  draining: {},
  /** It stands in the registry under this id, perhaps under a former one too. */
  registered: { id: text },
  /** For all other workers. */
  relay: { text },
  answer: { question: number, text },
} as const;

/** What the primary says to a worker. */
const TO_WORKER = {
  /** Finish and leave. Patient: connections that are idle end by themselves; else at once. */
  drain: { patient: flag },
  /** From another worker. */
  relay: { text },
  /** These, which stood in the registry, have ended. */
  gone: { ids: texts },
  question: { question: number, text },
} as const;

type Fields = Readonly<Record<string, Guard<unknown>>>;
type Guarded<T> = T extends Guard<infer V> ? V : never;
type Messages<T extends Readonly<Record<string, Fields>>> = {
  [K in keyof T]: { readonly kind: K } & { readonly [F in keyof T[K]]: Guarded<T[K][F]> };
}[keyof T];

export type ToPrimary = Messages<typeof TO_PRIMARY>;
export type ToWorker = Messages<typeof TO_WORKER>;

export const parseToPrimary = createParser<ToPrimary>(TO_PRIMARY);
export const parseToWorker = createParser<ToWorker>(TO_WORKER);

/** Undefined for what is none of ours: a library may use the same channel. */
function createParser<M>(kinds: Readonly<Record<string, Fields>>): (message: unknown) => M | undefined {
  return (message) => {
    if (typeof message !== "object" || message === null) return undefined;
    const { kind } = message as { kind?: unknown };
    if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) return undefined;
    const fields = Object.entries(kinds[kind]!);
    return fields.every(([name, isSound]) => isSound((message as Record<string, unknown>)[name])) ? (message as M) : undefined;
  };
}

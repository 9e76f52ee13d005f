import type { IncomingMessage, ServerResponse } from "node:http";
import { type Exposition, Histogram } from "@qrcards/cache/prometheus";
import { type Notes, notesOf } from "../http/notes.ts";

/** What was asked for, by the first word of the address. */
export type AnswerKind = "page" | "card" | "asset" | "site" | "api" | "health";

/** An answer that has ended. */
export interface Answered {
  readonly request: IncomingMessage;
  readonly kind: AnswerKind;
  /** Undefined when the client went away before it was out. */
  readonly status: number | undefined;
  readonly durationMs: number;
  readonly notes: Notes;
}

/** Of the pages from memory one in so many is timed: two looks at the clock would cost more than all else that is counted of them. */
export const TIMED_EVERY = 16;

/** From a tenth of a millisecond, which no page from memory takes, to the limit of an answer. */
const DURATION_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Not an instant: this request is not timed unless it turns out to be more than a page from memory. */
const UNTIMED = 0;

const KINDS: readonly (readonly [RegExp, AnswerKind])[] = [
  [/^\/c\//i, "card"],
  [/^\/assets\//, "asset"],
  [/^\/(?:api|admin)(?:\/|$)/, "api"],
  [/^\/(?:healthz|readyz)$/, "health"],
  [/^\/(?:sitemap\.xml|-\/sitemap\/.*|robots\.txt|favicon\.ico)$/, "site"],
];

export interface TrafficOptions {
  /** Told of each answer that has ended and was timed. */
  readonly onAnswered: (answered: Answered) => void;
  /** Whether pages from memory are all to be told of, at the price of two looks at the clock. Default false. */
  readonly timesAll?: boolean;
}

interface Count {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

/** Counts what the server is asked, and how it answers. */
export class Traffic {
  readonly #onAnswered: TrafficOptions["onAnswered"];
  readonly #timedEvery: number;
  #untilTimed: number;
  readonly #counts = new Map<string, Count>();
  readonly #durations = new Map<string, Histogram>();
  /** At hand, as adding to one of them is all that most hits pay. */
  readonly #hits = this.#countOf("page", 200, "hit");
  readonly #notModified = this.#countOf("page", 304, "hit");
  readonly #hitDurations = this.#durationsOf("page", "hit");

  constructor({ onAnswered, timesAll = false }: TrafficOptions) {
    this.#onAnswered = onAnswered;
    this.#timedEvery = timesAll ? 1 : TIMED_EVERY;
    this.#untilTimed = this.#timedEvery;
  }

  /** Called first for each request. What it returns is for `hit` or `follow`. */
  begin(): number {
    if (--this.#untilTimed > 0) return UNTIMED;
    this.#untilTimed = this.#timedEvery;
    return performance.now();
  }

  /** A page from memory was written out, in the turn that it was asked for in. */
  hit(request: IncomingMessage, response: ServerResponse, begunAt: number, tag: string): void {
    if (response.statusCode === 304) this.#notModified.value++;
    else this.#hits.value++;
    if (begunAt === UNTIMED) return;
    const durationMs = performance.now() - begunAt;
    this.#hitDurations.observe(durationMs / 1_000, this.#timedEvery);
    this.#onAnswered({ request, kind: "page", status: response.statusCode, durationMs, notes: { cache: "hit", tag } });
  }

  /** Any other answer, whoever makes it: counted when it is out, or when its reader has gone away. */
  follow(request: IncomingMessage, response: ServerResponse, begunAt: number): void {
    const startedAt = begunAt === UNTIMED ? performance.now() : begunAt;
    response.once("close", () => {
      const durationMs = performance.now() - startedAt;
      const kind = kindOf(request.url!);
      const notes = notesOf(response);
      const status = response.writableFinished ? response.statusCode : undefined;
      this.#countOf(kind, status, notes.cache).value++;
      this.#durationsOf(kind, notes.cache).observe(durationMs / 1_000);
      this.#onAnswered({ request, kind, status, durationMs, notes });
    });
  }

  describe(out: Exposition): void {
    for (const { labels, value } of this.#counts.values())
      out.counter(
        "requests_total",
        "Requests, by what was asked for, how it was answered, and the part that the kept pages had.",
        labels,
        value,
      );
    for (const [key, histogram] of this.#durations) {
      const [kind, cache] = key.split("/") as [string, string];
      out.histogram("request_duration_seconds", "From a request's arrival until its answer is out.", { kind, cache }, histogram);
    }
  }

  #countOf(kind: AnswerKind, status: number | undefined, cache: Notes["cache"]): Count {
    const labels = { kind, status: status === undefined ? "aborted" : `${Math.floor(status / 100)}xx`, cache: cache ?? "none" };
    const key = Object.values(labels).join("/");
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { labels, value: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }

  #durationsOf(kind: AnswerKind, cache: Notes["cache"]): Histogram {
    const key = `${kind}/${cache ?? "none"}`;
    let histogram = this.#durations.get(key);
    if (histogram === undefined) {
      histogram = new Histogram(DURATION_SECONDS);
      this.#durations.set(key, histogram);
    }
    return histogram;
  }
}

/** @param target as it was sent, also where it is no path at all */
function kindOf(target: string): AnswerKind {
  const path = target.split("?", 1)[0]!;
  return KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? "page";
}

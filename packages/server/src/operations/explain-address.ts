import { performance } from "node:perf_hooks";
import { parseCardCode } from "../cards/card-code.ts";
import { type Located, locate } from "../delivery/locate.ts";
import { formatPath, type ParsedTarget, parseTarget } from "../paths/parse-target.ts";
import { isReservedRoot } from "../paths/reserved.ts";
import { toTarget } from "../paths/to-target.ts";
import type { Services } from "../services.ts";
import type { RootStay } from "../trips/repository.ts";
import type { CurrentSnapshot } from "../trips/service.ts";
import type { NodeIndex, Snapshot } from "../trips/snapshot.ts";
import type { NodeId, TripId } from "../trips/types.ts";
import { type Place, RecordingSnapshot } from "./recording-snapshot.ts";

/** What a server does with an address, step by step, and what each step cost here. */
export interface Explanation {
  /** As a browser would ask for it. */
  readonly target: string;
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
  /** Of the trip that the answer is of, as it was read for it; null where there is none. */
  readonly version: number | null;
}

export interface Step {
  readonly step: "target" | "card" | "slug" | "structure" | "walk";
  readonly ms: number;
  /** SQL statements, where they were counted. */
  readonly statements?: number;
  /** What was found. */
  readonly text: string;
  /** Of a walk: the places that it asked for. */
  readonly places?: readonly Place[];
}

export interface Outcome {
  /** null for the server's own routes, which no trip answers. */
  readonly status: 200 | 302 | 308 | 400 | 404 | 410 | 414 | null;
  readonly location: string | null;
  readonly tripId: TripId | null;
  readonly nodeId: NodeId | null;
  readonly reason: string;
}

type PathTarget = ParsedTarget & { readonly kind: "path" };

export interface ExplainOptions {
  /** How many SQL statements have run so far, where nobody else causes any. */
  readonly statementCount?: () => number;
  /** Called before a structure is asked for, as whoever asks for it may have it loaded. */
  readonly beforeStructure?: (tripId: TripId) => Promise<void>;
}

/** Follows an address by the judges that serve it, and writes down what each of them says. */
export async function explainAddress(
  services: Pick<Services, "trips" | "cards">,
  address: string,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const target = toTarget(address);
  const follower = new AddressFollower(services, options);
  const outcome = await follower.follow(target);
  const version = outcome.tripId === null ? null : (follower.versions.get(outcome.tripId) ?? null);
  return { target, outcome, steps: follower.steps, version };
}

class AddressFollower {
  readonly steps: Step[] = [];
  readonly versions = new Map<TripId, number>();
  readonly #services: Pick<Services, "trips" | "cards">;
  readonly #options: ExplainOptions;
  /** Spent for those who watch, and no part of any step. */
  #asideMs = 0;

  constructor(services: Pick<Services, "trips" | "cards">, options: ExplainOptions) {
    this.#services = services;
    this.#options = options;
  }

  async follow(target: string): Promise<Outcome> {
    const path = target.replace(/\?.*$/, "");
    const card = /^\/c\/(.*)$/i.exec(path);
    if (card) return this.#followCard(card[1]!);
    if (path === "/") return outcome(200, "The library: the list of all public trips.");
    const [, first = ""] = path.split("/");
    if (isReservedRoot(first)) return outcome(null, `"/${first}" is kept for the server's own routes; no trip can have it.`);

    const parsed = await this.#take("target", async () => parseTarget(target), describeTarget);
    if (parsed.kind === "refused") return outcome(parsed.status, parsed.reason);
    if (parsed.kind === "impossible") return outcome(404, "It holds a character that no address of a page can hold.");
    if (parsed.segments.length === 0) return outcome(308, "Another spelling of the library.", { location: `/${parsed.query}` });
    return decide(await this.#locate(parsed), parsed);
  }

  /** `locate`, with everything that it asks for on its way written down. */
  async #locate({ segments }: PathTarget): Promise<Located | undefined> {
    const { trips } = this.#services;
    const snapshots: RecordingSnapshot[] = [];
    const asked = {
      tripsAt: (slug: string) =>
        this.#take(
          "slug",
          () => trips.tripsAt(slug),
          (stays) => describeHolders(slug, stays),
        ),
      snapshot: async (tripId: TripId) => {
        const current = await this.#structure(tripId);
        if (current === undefined) return undefined;
        const snapshot = new RecordingSnapshot(current.snapshot.bytes);
        snapshots.push(snapshot);
        return { ...current, snapshot };
      },
    };
    const startedAt = performance.now();
    const located = await locate(asked, segments);
    const others = this.steps.filter(({ step }) => step !== "target").reduce((sum, step) => sum + step.ms, this.#asideMs);
    const ms = performance.now() - startedAt - others;
    const lookUps = snapshots.reduce((sum, snapshot) => sum + snapshot.lookUps, 0);
    if (lookUps > 0)
      this.steps.push({
        step: "walk",
        ms: rounded(ms),
        ...(this.#options.statementCount && { statements: 0 }),
        text: count(lookUps, "look-up"),
        places: snapshots.flatMap((snapshot) => snapshot.places),
      });
    return located;
  }

  async #followCard(rest: string): Promise<Outcome> {
    const preview = /(\+|%2B)$/i.test(rest);
    const parsed = parseCardCode(safeDecode(rest.replace(/(\+|%2B|\/)$/i, "")));
    if (!parsed.ok) {
      const misread = parsed.reason === "check";
      return outcome(
        404,
        misread ? "The check character does not fit: a character of the code was misread." : "No card's code looks like this.",
      );
    }
    const card = await this.#take(
      "card",
      () => this.#services.cards.find(parsed.code),
      (found) => (found ? `${parsed.code} is a card of page ${found.nodeId}, for ever` : `${parsed.code} was never made here`),
    );
    if (card === undefined) return outcome(404, "The code is well-formed, but no such card was ever made here.");
    const current = await this.#structure(card.tripId);
    const snapshot = current!.snapshot;
    const node = snapshot.findById(card.nodeId);
    const living = snapshot.isAlive(node) ? node : snapshot.successorOf(node);
    if (living === -1) return gone(snapshot, node);
    if (!snapshot.isVisible(living)) return unpublished(snapshot, living);
    const ids = { tripId: snapshot.tripId, nodeId: snapshot.id(living) };
    const location = formatPath(snapshot.path(living));
    if (preview) return outcome(200, `Says where the card leads: to ${location}.`, ids);
    return outcome(
      302,
      living === node ? "The card's page, where it stands today." : "The card's page was deleted; this page took over for it.",
      { ...ids, location },
    );
  }

  async #structure(tripId: TripId): Promise<CurrentSnapshot | undefined> {
    const askedAt = performance.now();
    await this.#options.beforeStructure?.(tripId);
    this.#asideMs += performance.now() - askedAt;
    const current = await this.#take(
      "structure",
      () => this.#services.trips.snapshot(tripId),
      (loaded) => describeStructure(loaded?.snapshot),
    );
    if (current !== undefined) this.versions.set(tripId, current.version);
    return current;
  }

  async #take<T>(step: Step["step"], work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    const { statementCount } = this.#options;
    const statementsBefore = statementCount?.() ?? 0;
    const startedAt = performance.now();
    const result = await work();
    const ms = rounded(performance.now() - startedAt);
    const text = describe(result);
    this.steps.push({ step, ms, ...(statementCount && { statements: statementCount() - statementsBefore }), text });
    return result;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function outcome(status: Outcome["status"], reason: string, more: Partial<Outcome> = {}): Outcome {
  return { status, location: null, tripId: null, nodeId: null, reason, ...more };
}

/** As `delivery/` answers; a test holds the two against each other. */
function decide(located: Located | undefined, parsed: PathTarget): Outcome {
  if (located === undefined) return outcome(404, `No published trip has or had the slug "${parsed.segments[0]}".`);
  const { current, resolution, rootIsCurrent } = located;
  const { snapshot } = current;
  if (resolution.kind === "gone") return gone(snapshot, resolution.node);
  if (resolution.kind === "none") {
    return outcome(
      404,
      `No page has or had this address. The nearest page on the way is ${formatPath(snapshot.path(resolution.nearest))}.`,
      { tripId: snapshot.tripId },
    );
  }
  const { node } = resolution;
  if (!snapshot.isVisible(node)) return unpublished(snapshot, node);
  const title = snapshot.title(node);
  const ids = { tripId: snapshot.tripId, nodeId: snapshot.id(node) };
  const location = formatPath(snapshot.path(node), parsed.view) + parsed.query;
  if (!rootIsCurrent || !resolution.current)
    return outcome(302, `A former address of "${title}", or of a page that it took over for.`, { ...ids, location });
  if (!parsed.canonical) return outcome(308, `Another spelling of the address of "${title}".`, { ...ids, location });
  return outcome(200, parsed.view === "" ? `The page "${title}".` : `The page "${title}" as ${parsed.view.slice(1)}.`, ids);
}

function gone(snapshot: Snapshot, node: NodeIndex): Outcome {
  const deletedAt = snapshot.deletedAt(node)?.toISOString().slice(0, 10);
  const id = snapshot.id(node);
  // What took the page along: the one to restore first.
  const highest = [...snapshot.ancestors(node), node].find((ancestor) => !snapshot.isAlive(ancestor)) ?? node;
  return outcome(
    410,
    `"${snapshot.title(node)}" was deleted on ${deletedAt}. \`qrcards trips restore ${snapshot.id(highest)}\` brings it back.`,
    {
      tripId: snapshot.tripId,
      nodeId: id,
    },
  );
}

function unpublished(snapshot: Snapshot, node: NodeIndex): Outcome {
  const ids = { tripId: snapshot.tripId, nodeId: snapshot.id(node) };
  return outcome(404, `"${snapshot.title(node)}", or a page above it, is a draft: nobody sees it until it is published.`, ids);
}

function describeTarget(parsed: ParsedTarget): string {
  if (parsed.kind === "refused") return parsed.reason;
  const { segments } = parsed;
  const words = `${count(segments.length, "segment")}: ${segments.join(" / ")}`;
  if (parsed.kind === "impossible") return words;
  return `${words}${parsed.view && `, as ${parsed.view.slice(1)}`}${parsed.canonical ? "" : `; its one right spelling is ${formatPath(segments, parsed.view)}`}`;
}

function describeHolders(slug: string, stays: readonly RootStay[]): string {
  if (stays.length === 0) return `"${slug}" is and was no trip's`;
  const [first, ...others] = new Set(
    stays.map(({ tripId, until }) => (until === Number.POSITIVE_INFINITY ? `trip ${tripId}` : `trip ${tripId}, formerly`)),
  );
  return `"${slug}" is ${first}${others.length > 0 ? `; else ${others.join("; ")}` : ""}`;
}

function describeStructure(snapshot: Snapshot | undefined): string {
  if (snapshot === undefined) return "no such trip";
  const { tripId, slug, size, version, bytes } = snapshot;
  return `trip ${tripId} "${slug}": ${size} pages, version ${version}, ${Math.ceil(bytes.byteLength / 1024)} KiB`;
}

/** For a code that is judged right after: a broken escape stays as it was written. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : `${noun}s`}`;
}

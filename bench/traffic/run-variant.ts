import { setTimeout as pass } from "node:timers/promises";
import type { Cache, FamilyStats } from "@qrcards/cache";
import type { Config } from "../../packages/server/src/config.ts";
import { locate } from "../../packages/server/src/delivery/locate.ts";
import { createServices, type Services } from "../../packages/server/src/services.ts";
import { editNode } from "../../packages/server/src/trips/edits.ts";
import type { Site } from "./many-trips.ts";
import { createRandom, createZipf, readSite, type Visit } from "./readers.ts";

export interface Run {
  readonly config: Config;
  /** Memories, each of a process of its own in production. */
  readonly processes: number;
  readonly site: Site;
  /** How many seconds of the site's life pass in one of ours. */
  readonly speed: number;
  /** Visits as fast as possible, before the clock counts. */
  readonly warmUpVisits: number;
  /** Hours of the site's life, the first of which is not counted. */
  readonly hours: number;
}

export interface Outcome {
  readonly visits: number;
  readonly edits: number;
  /** Structures by where the visits found them: this process's memory, Redis, the database. */
  readonly structures: Places;
  /** The same for single addresses; all 0 where that family is off. */
  readonly paths: Places;
  /** Loads from the database of a version that had been loaded before, by whichever process. */
  readonly avoidableLoads: number;
  readonly statements: { readonly root: number; readonly version: number; readonly structure: number };
  /** Answers older than is promised: at the process that was edited, or 2 s after the edit anywhere. */
  readonly stale: number;
  /** Answers older than an edit acknowledged before, elsewhere and within these 2 s. */
  readonly late: number;
  /** Structures of the first 1,000 visits after all processes have started anew. */
  readonly afterRestart: Places & { readonly avoidableLoads: number };
}

export interface Places {
  readonly l1: number;
  readonly l2: number;
  readonly loaded: number;
}

const REQUESTS_A_SECOND = 4;
const EDITS_A_DAY = 100;
const LEASE_MS = 2_000;
const AFTER_RESTART = 1_000;

/** One setting under the traffic of one site, through the product's own services. Every answer is checked. */
export async function runVariant(run: Run): Promise<Outcome> {
  const { site, speed, hours } = run;
  const statements = { root: 0, version: 0, structure: 0 };
  const loaded = new Set<string>();
  let avoidableLoads = 0;

  const open = async (): Promise<Services> => {
    const services = await createServices(run.config, { onStatement: (sql) => count(statements, sql) });
    const { load } = services.structures;
    services.structures.load = async (tripId) => {
      const structure = await load(tripId);
      const version = `${tripId}@${structure?.version}`;
      if (loaded.has(version)) avoidableLoads += 1;
      loaded.add(version);
      return structure;
    };
    return services;
  };
  let servers = await Promise.all(Array.from({ length: run.processes }, open));
  const random = createRandom(77);
  const zipf = createZipf(site.trips, random);
  const visits = readSite(site, 20_261_125);
  const acknowledged = new Map<number, { readonly version: number; readonly at: number; readonly by: Services }>();
  const counts = { visits: 0, edits: 0, stale: 0, late: 0 };
  const running = new Set<Promise<void>>();
  const turns = new Map<number, Promise<void>>();

  /** A reader asks for a page when they have the last one, however much faster the site lives here. */
  function visitInTurn(next: Visit): Promise<void> {
    const turn = (turns.get(next.reader) ?? Promise.resolve()).then(() => visit(next));
    turns.set(next.reader, turn);
    return turn.finally(() => turns.get(next.reader) === turn && turns.delete(next.reader));
  }

  async function visit({ trip, page, former, reader }: Visit): Promise<void> {
    const services = servers[reader % servers.length]!;
    const edit = acknowledged.get(trip);
    const beganAt = performance.now();
    const below = former ? site.formerPath : site.paths[page]!;
    const segments = [site.slug(trip), ...below];
    counts.visits += 1;
    const today = await services.paths?.redirectOf(segments);
    if (today !== undefined) {
      if (!former || today.slice(1).join("/") !== site.paths[1]!.join("/"))
        throw new Error(`/${segments.join("/")} leads to /${today.join("/")}.`);
      return;
    }
    const located = await locate(services.trips, segments);
    if (located?.resolution.kind !== "found" || located.resolution.node !== page) throw new Error(`/${segments.join("/")} was not found.`);
    if (edit === undefined || located.current.version >= edit.version) return;
    if (edit.by === services || beganAt > edit.at + LEASE_MS) counts.stale += 1;
    else counts.late += 1;
  }

  /** A page's new title; one in twenty changes the trip's own, and with it the catalog. */
  async function edit(): Promise<void> {
    const services = servers[Math.floor(random() * servers.length)]!;
    const trip = zipf();
    const page = random() < 0.05 ? 0 : Math.floor(random() * site.paths.length);
    const [stay] = await services.trips.tripsAt(site.slug(trip));
    const { snapshot } = (await services.trips.snapshot(stay!.tripId))!;
    const { receipt } = await services.trips.edit(
      (trx, at) => editNode(trx, snapshot.id(page), { title: `A title of ${performance.now()}` }, at),
      ({ tripId }) => tripId,
    );
    acknowledged.set(trip, { version: receipt.version, at: performance.now(), by: services });
    counts.edits += 1;
  }

  function begin(work: Promise<void>): void {
    const watched: Promise<void> = work.finally(() => running.delete(watched));
    running.add(watched);
  }

  /** Visits and edits at their times, however long the ones before them take. */
  async function live(forHours: number): Promise<void> {
    const due = forHours * 3_600 * REQUESTS_A_SECOND;
    const editsDue = (forHours / 24) * EDITS_A_DAY;
    const beganAt = performance.now();
    let [visited, edited] = [0, 0];
    while (visited < due) {
      const share = Math.min(1, ((performance.now() - beganAt) * speed) / (forHours * 3_600_000));
      for (; visited < share * due; visited += 1) begin(visitInTurn(visits.next().value as Visit));
      for (; edited < Math.floor(share * editsDue); edited += 1) begin(edit());
      // What fails ends the run here.
      await Promise.all([Promise.race([...running, pass(2)]), pass(2)]);
    }
    await Promise.all(running);
  }

  async function hurry(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 50)
      await Promise.all(Array.from({ length: 50 }, () => visitInTurn(visits.next().value as Visit)));
  }

  /** Of the reads of one family so far: those that Redis answered, those that a load did, and all. */
  function tally(cacheOf: (services: Services) => Cache | undefined) {
    const all = servers.flatMap((services) => Object.values(cacheOf(services)?.stats().families ?? {}));
    const sum = (part: (family: FamilyStats) => number) => all.reduce((total, family) => total + part(family), 0);
    return {
      l2: sum(({ hitsFromL2 }) => hitsFromL2),
      loaded: sum(({ loads }) => loads.installed + loads.discarded),
      asked: sum(({ reads }) => Object.values(reads).reduce((total, count) => total + count, 0)),
    };
  }
  const structuresOf = ({ cache }: Services) => cache;
  const pathsOf = ({ pathCache }: Services) => pathCache;

  try {
    await hurry(run.warmUpVisits);
    await live(1);
    const before = { structures: tally(structuresOf), paths: tally(pathsOf), ...counts, avoidableLoads, ...statements };
    await live(hours - 1);
    const visited = counts.visits - before.visits;
    const measured = {
      visits: visited,
      edits: counts.edits - before.edits,
      // Where single addresses are on, a visit asks more than once whether the structure is in memory: visits count, not reads.
      structures: placesOf({ ...tally(structuresOf), asked: visited }, { ...before.structures, asked: 0 }),
      paths: placesOf(tally(pathsOf), before.paths),
      avoidableLoads: avoidableLoads - before.avoidableLoads,
      statements: {
        root: statements.root - before.root,
        version: statements.version - before.version,
        structure: statements.structure - before.structure,
      },
      stale: counts.stale,
      late: counts.late,
    };
    await Promise.all(servers.map((services) => services.close()));
    servers = await Promise.all(Array.from({ length: run.processes }, open));
    const avoidableBefore = avoidableLoads;
    await hurry(AFTER_RESTART);
    const places = placesOf({ ...tally(structuresOf), asked: AFTER_RESTART }, NOTHING);
    return { ...measured, afterRestart: { ...places, avoidableLoads: avoidableLoads - avoidableBefore } };
  } finally {
    await Promise.all(servers.map((services) => services.close()));
  }
}

function count(statements: { root: number; version: number; structure: number }, sql: string): void {
  if (sql.includes("placed_seq") && sql.includes("union all")) statements.structure += 1;
  else if (sql.includes("root_names where slug")) statements.root += 1;
  else if (sql.includes("left join trips t on t.id")) statements.version += 1;
}

interface Tally {
  readonly l2: number;
  readonly loaded: number;
  readonly asked: number;
}

const NOTHING: Tally = { l2: 0, loaded: 0, asked: 0 };

function placesOf(now: Tally, before: Tally): Places {
  const [l2, loaded] = [now.l2 - before.l2, now.loaded - before.loaded];
  return { l1: now.asked - before.asked - l2 - loaded, l2, loaded };
}

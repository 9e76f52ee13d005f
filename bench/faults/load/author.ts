import { setTimeout as pass } from "node:timers/promises";
import { Random } from "../../../packages/cache/src/testing/random.ts";
import type { Attempt, Registers } from "../history/records.ts";
import type { Site } from "../setups/site.ts";
import { markText, markTitle } from "../site/marks.ts";
import { type Page, pathOf, type TripModel } from "../site/trip-model.ts";
import { type Answer, ask } from "./ask.ts";
import { pick } from "./readers.ts";

/** An edit as the API takes it, and what it does to what readers see. */
interface Plan {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly sets: Registers;
  /** Where it will be seen. */
  readonly seenAt: readonly string[];
  /** Brings the model up to date. */
  done(answer: EditAnswer): void;
}

interface EditAnswer {
  readonly version: number;
  readonly node: { readonly id: string; readonly revision: number };
  readonly visible?: string;
  readonly afterMs?: number;
}

export interface AuthorOptions {
  readonly site: Site;
  readonly model: TripModel;
  readonly seed: number;
  /** From the end of an edit to the next one. */
  readonly pauseMs: number;
  readonly stop: AbortSignal;
}

const EDIT_TIMEOUT_MS = 20_000;
/** What an edit is asked for again, under the same key: all faults end before. */
const GIVE_UP_AFTER_MS = 120_000;
const PAUSE_BEFORE_RETRY_MS = 150;
const FEWEST_ALIVE = 6;
const MOST_LEAVES = 30;

/** Edits one trip, one edit after another, until it is stopped. What is not answered is asked for again until it is. */
export async function author({ site, model, seed, pauseMs, stop }: AuthorOptions): Promise<void> {
  const random = new Random(seed);
  while (!stop.aborted) {
    const id = site.recorder.nextEdit();
    const plan = planEdit(model, id, random);
    site.spotlight.show(plan.seenAt);
    await carryOut(site, model, plan, id, random);
    site.spotlight.show(plan.seenAt);
    await pass(pauseMs * (0.5 + random.next()));
  }
}

async function carryOut(site: Site, model: TripModel, plan: Plan, id: number, random: Random): Promise<void> {
  const { recorder, planted, machines } = site;
  const attempts: Attempt[] = [];
  const start = recorder.now();
  const headers = { authorization: `Bearer ${planted.token}`, "content-type": "application/json", "idempotency-key": keyOf(id) };
  for (let attempt = 0; ; attempt += 1) {
    const machine = pick(machines, random);
    const { method, path, operation, sets } = plan;
    const askedAt = recorder.now();
    const outcome = await ask({
      port: machine.port,
      method,
      path,
      headers,
      ...(plan.body && { body: JSON.stringify(plan.body) }),
      timeoutMs: EDIT_TIMEOUT_MS,
      // Some authors hang up, and ask again whether it was done.
      ...(attempt === 0 && random.chance(0.05) && { hangUpAfterMs: random.below(8) }),
    });
    const end = recorder.now();
    if ("answer" in outcome && outcome.answer.status < 300) {
      const answer = JSON.parse(outcome.answer.body.toString()) as EditAnswer;
      const { version, visible, afterMs } = answer;
      const acknowledged = visible === "everywhere";
      attempts.push({ start: askedAt, end, machine: machine.name, answer: outcome.answer.status });
      const told = { attempts, answeredPosition: version, ...(afterMs !== undefined && { afterMs }) };
      recorder.edit({ id, operation, by: "api", trip: model.name, sets, start, end, acknowledged, machine: machine.name, ...told });
      plan.done(answer);
      return;
    }
    if ("answer" in outcome && outcome.answer.status < 500 && outcome.answer.status !== 429) throw refused(id, plan, outcome.answer);
    attempts.push({ start: askedAt, end, machine: machine.name, answer: "answer" in outcome ? outcome.answer.status : outcome.failure });
    if (end - start > GIVE_UP_AFTER_MS) throw new Error(`Edit ${id} was not answered within ${GIVE_UP_AFTER_MS / 1000} s.`);
    await pass(PAUSE_BEFORE_RETRY_MS);
  }
}

/** Under which the database remembers what became of an edit. */
export function keyOf(edit: number): string {
  return `edit-${edit}`;
}

function refused(id: number, { operation }: Plan, { status, body }: Answer): Error {
  return new Error(`Edit ${id} (${operation}) was refused: ${status} ${body.toString()}`);
}

function planEdit(model: TripModel, id: number, random: Random): Plan {
  const alive = model.leaves.filter((page) => page.alive);
  const dead = model.leaves.filter((page) => !page.alive);
  const page = pick(alive, random);
  const wish = random.next();
  if (wish < 0.35) return writeText(page, id);
  if (wish < 0.55) return writeTitle(random.chance(0.1) ? model.root : page, id);
  if (wish < 0.65) return rename(model, page, id);
  if (wish < 0.75) return move(model, page, pick(model.chapters, random));
  if (wish < 0.85 && dead.length > 0) return restore(model, pick(dead, random));
  if (wish < 0.92 && model.leaves.length < MOST_LEAVES) return create(model, id);
  return alive.length > FEWEST_ALIVE ? remove(model, page) : writeText(page, id);
}

function writeText(page: Page, id: number): Plan {
  const body = { body: markText(page.name, id), revision: page.revision };
  return { ...patch(page, body), operation: "text", sets: { [`text:${page.name}`]: `x${id}` } };
}

function writeTitle(page: Page, id: number): Plan {
  const body = { title: markTitle(page.name, id), revision: page.revision };
  const above = page.parent === undefined ? [] : [pathOf(page.parent)];
  const plan = patch(page, body);
  return { ...plan, operation: "title", sets: { [`title:${page.name}`]: `t${id}` }, seenAt: [...plan.seenAt, ...above] };
}

function patch(page: Page, body: Readonly<Record<string, unknown>>) {
  return {
    method: "PATCH",
    path: `/api/nodes/${page.id}`,
    body,
    seenAt: [pathOf(page)],
    done({ node }: EditAnswer) {
      page.revision = node.revision;
    },
  };
}

function rename(model: TripModel, page: Page, id: number): Plan {
  const slug = `named-${id}`;
  const plan = patch(page, { slug, revision: page.revision });
  return { ...plan, ...goTo(model, page, { parent: page.parent!, slug }), operation: "rename" };
}

function move(model: TripModel, page: Page, parent: Page): Plan {
  const plan = { ...patch(page, { parentId: parent.id, placement: "last" }), method: "POST", path: `/api/nodes/${page.id}/move` };
  return { ...plan, ...goTo(model, page, { parent, slug: page.slug }), operation: "move" };
}

function goTo(model: TripModel, page: Page, to: { readonly parent: Page; readonly slug: string }) {
  const from = pathOf(page);
  return {
    sets: model.place(page, to),
    seenAt: [from, `${pathOf(to.parent)}/${to.slug}`, pathOf(to.parent)],
    done({ node }: EditAnswer) {
      page.parent = to.parent;
      page.slug = to.slug;
      page.revision = node.revision;
      page.formerPaths.add(from);
      page.formerPaths.delete(pathOf(page));
    },
  };
}

function remove(model: TripModel, page: Page): Plan {
  return {
    operation: "delete",
    method: "DELETE",
    path: `/api/nodes/${page.id}`,
    sets: model.delete(page),
    seenAt: [pathOf(page), pathOf(page.parent!)],
    done({ node }) {
      page.alive = false;
      page.revision = node.revision;
    },
  };
}

function restore(model: TripModel, page: Page): Plan {
  return {
    operation: "restore",
    method: "POST",
    path: `/api/nodes/${page.id}/restore`,
    body: {},
    sets: model.restore(page),
    seenAt: [pathOf(page), pathOf(page.parent!)],
    done({ node }) {
      page.alive = true;
      page.revision = node.revision;
    },
  };
}

/** At an address under which readers have just found nothing. */
function create(model: TripModel, id: number): Plan {
  const [parent] = model.chapters as readonly [Page];
  const name = `${model.name}${1_000 + id}`;
  const slug = model.nextSlug;
  return {
    operation: "create",
    method: "POST",
    path: "/api/nodes",
    body: { parentId: parent.id, title: markTitle(name, id), slug, body: markText(name, id), state: "public" },
    sets: { ...model.create(name, parent, slug), [`title:${name}`]: `t${id}`, [`text:${name}`]: `x${id}` },
    seenAt: [model.nextPath, pathOf(parent)],
    done({ node }) {
      model.leaves.push({ name, id: node.id, card: undefined, parent, slug, alive: true, revision: node.revision, formerPaths: new Set() });
      model.nextSlug = `soon-${id}`;
    },
  };
}

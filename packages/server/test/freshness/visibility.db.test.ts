import { setTimeout as pass } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { formatMessage } from "../../src/freshness/messages.ts";
import { createServices, type Services } from "../../src/services.ts";
import { editNode } from "../../src/trips/edits.ts";
import { type Planted, plantTrip } from "../delivery/plant-trip.ts";
import { eventually } from "../delivery/test-site.ts";
import { eachDatabase } from "../support/databases.ts";
import { startWorker, Wire } from "./workers.ts";

/** Short, so that a test which waits for it takes no time; long enough for a busy machine. */
const LEASE_MS = 1_000;
const polls = { leaseMs: LEASE_MS, pollEveryMs: 200 };
/** In which hardly anybody polls by itself; but before PostgreSQL's connection for polls is given up, silent for a second. */
const seldom = { leaseMs: LEASE_MS, pollEveryMs: 0.9 * LEASE_MS };

eachDatabase((makeDatabase) => {
  async function plant(): Promise<{ url: string; trip: Planted }> {
    const { url } = await makeDatabase({ migrated: false });
    const services = await createServices(parseConfig({ DATABASE_URL: url, RENDER_THREADS: "1" }));
    const trip = await plantTrip(services, { title: "Trip", children: [{ title: "Page" }] });
    await services.close();
    return { url, trip };
  }

  const titleIn = async (services: Services, trip: Planted) => {
    const { snapshot } = (await services.trips.snapshot(trip.tripId))!;
    return snapshot.title(snapshot.findById(trip.id("Page")));
  };
  const rename = (services: Services, trip: Planted, title: string) =>
    services.trips.edit(
      (trx, at) => editNode(trx, trip.id("Page"), { title }, at),
      ({ tripId }) => tripId,
    );
  /** A process counts no acknowledgement before it has polled one history for so long. */
  const settle = () => pass(LEASE_MS);

  test("an edit returns when every worker has said that it polled it, and then none of them has the old page", async () => {
    const { url, trip } = await plant();
    const wire = new Wire();
    const workers = [];
    for (let index = 0; index < 3; index++) workers.push(await startWorker(url, { channels: [wire.plug()], polls: seldom }));
    await settle();
    for (const [index, worker] of workers.entries()) {
      for (const other of workers) await titleIn(other, trip);
      const { visible } = await rename(worker, trip, `Title ${index}`);
      expect(visible.by).toBe("acknowledgements");
      expect(visible.afterMs).toBeLessThan(LEASE_MS);
      for (const other of workers) expect(await titleIn(other, trip)).toBe(`Title ${index}`);
    }
  });

  test("an edit waits until every lease is over where a worker cannot be reached", async () => {
    const { url, trip } = await plant();
    const wire = new Wire();
    const editor = await startWorker(url, { channels: [wire.plug()], polls });
    const other = await startWorker(url, { channels: [wire.plug()], polls: seldom });
    await settle();
    await titleIn(other, trip);
    wire.cut = true;
    const { visible } = await rename(editor, trip, "New");
    expect(visible.by).toBe("lease");
    expect(visible.afterMs).toBeGreaterThanOrEqual(LEASE_MS);
    expect(await titleIn(other, trip)).toBe("New");
  });

  test("an edit of a process that has just begun waits as well, as it cannot know whether the registry is whole", async () => {
    const { url, trip } = await plant();
    const wire = new Wire();
    await startWorker(url, { channels: [wire.plug()], polls });
    const young = await startWorker(url, { channels: [wire.plug()], polls });
    const { visible } = await rename(young, trip, "New");
    expect(visible.by).toBe("lease");
  });

  test("where nobody serves, an edit is visible at once; where somebody does, a command waits for the leases", async () => {
    const { url, trip } = await plant();
    const command = await createServices(parseConfig({ DATABASE_URL: url, RENDER_THREADS: "1" }), { polls });
    onTestFinished(() => command.close());
    expect((await rename(command, trip, "First")).visible.by).toBe("acknowledgements");
    const worker = await startWorker(url, { polls: seldom });
    await titleIn(worker, trip);
    await settle();
    expect((await rename(command, trip, "Second")).visible.by).toBe("lease");
    expect(await titleIn(worker, trip)).toBe("Second");
  });

  test("an acknowledgement of a change that there is not counts for nothing, nor one of another epoch or of one before", async () => {
    const { url, trip } = await plant();
    const wire = new Wire();
    const editor = await startWorker(url, { channels: [wire.plug()], polls });
    const { writer } = editor.database;
    await writer.insertInto("workers").values({ id: "silent", seen_at: 0, removed_at: null }).execute();
    const forger = wire.plug();
    await settle();
    const { epoch, seq, stamp } = editor.freshness.position!;
    const say = (position: object) => forger.send(formatMessage({ kind: "acknowledgement", id: "silent", epoch, seq, stamp, ...position }));
    const edit = rename(editor, trip, "New");
    await eventually(
      LEASE_MS,
      async () => editor.freshness.position!,
      (position) => position.seq > seq,
    );
    const head = editor.freshness.position!;
    say({});
    say({ ...head, epoch: "another" });
    say({ ...head, stamp: "another" });
    say({ ...head, seq: head.seq + 1 });
    forger.send("[");
    forger.send('["ack"]');
    forger.send("x".repeat(10_000));
    expect((await edit).visible.by).toBe("lease");

    const seen = rename(editor, trip, "Newer");
    await eventually(
      LEASE_MS,
      async () => editor.freshness.position!,
      (position) => position.seq > head.seq,
    );
    say(editor.freshness.position!);
    expect((await seen).visible.by).toBe("acknowledgements");
  });

  test("a change by somebody else can be waited for, and one that there never was is said to be none", async () => {
    const { url, trip } = await plant();
    const wire = new Wire();
    const one = await startWorker(url, { channels: [wire.plug()], polls: seldom });
    const other = await startWorker(url, { channels: [wire.plug()], polls: seldom });
    await settle();
    const { receipt, visible } = await one.trips.commit(
      (trx, at) => editNode(trx, trip.id("Page"), { title: "New" }, at),
      ({ tripId }) => tripId,
    );
    expect(await other.visibility.everywhereSince(receipt.version)).toMatchObject({ by: "acknowledgements" });
    expect(await titleIn(one, trip)).toBe("New");
    await visible;
    expect(await other.visibility.everywhereSince(receipt.version + 1)).toBeUndefined();
    expect(await other.visibility.everywhereSince(0)).toBeDefined();
  });
});

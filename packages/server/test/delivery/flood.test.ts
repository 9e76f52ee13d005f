import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useSqlite } from "../support/databases.ts";
import { plantTrip } from "./plant-trip.ts";
import { useSite } from "./test-site.ts";

const CONNECTIONS = 16;
const ROUND = 5_000;
const ROUNDS = 5;
/** What a heap varies by when nothing is kept; 40 bytes kept of each request would be more. */
const NOISE_BYTES = 2 ** 20;

const site = useSite(useSqlite());
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

beforeAll(async () => {
  await plantTrip(site.services, { title: "Trip", children: [{ title: "Page" }] });
});
afterAll(() => agent.destroy());

function statusOf(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ port: site.port, host: "127.0.0.1", path, agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode!));
    })
      .on("error", reject)
      .end();
  });
}

const random = () => randomBytes(12).toString("hex");

/** Addresses without end, each with what it answers. */
const ADDRESSES: [() => string, number][] = [
  [() => `/${random()}`, 404],
  [() => `/${random()}/${random()}.json`, 404],
  [() => `/trip/${random()}`, 404],
  [() => `/trip?utm_source=${random()}`, 200],
  [() => `/trip/page.md?${random()}`, 200],
  [() => `/TRIP/page?${random()}`, 308],
  [() => `/c/${random().slice(0, 8)}`, 404],
  [() => `/assets/${random()}xyz/${random()}.png`, 404],
];

async function flood(count: number): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < count) {
      const [address, wanted] = ADDRESSES[next++ % ADDRESSES.length]!;
      const path = address();
      const status = await statusOf(path);
      if (status !== wanted) throw new Error(`${path} answered ${status}, not ${wanted}.`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  // The test's own memory.
  site.statements.length = 0;
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test("addresses without end leave memory as it was", { timeout: 120_000 }, async () => {
  await flood(ROUND * 2);
  const before = heapBytes();
  for (let round = 0; round < ROUNDS; round += 1) await flood(ROUND);
  expect(heapBytes() - before).toBeLessThan(NOISE_BYTES);
  expect(site.services.cache.stats()).toMatchObject({ entries: 1, negativeEntries: 0, flights: 0 });
  // The library, and the first word of one address.
  expect(site.services.catalog.stats()).toMatchObject({ entries: 2, flights: 0 });
  expect(site.services.catalog.stats().negativeEntries).toBeLessThanOrEqual(1_000);
});

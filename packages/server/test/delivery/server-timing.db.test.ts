import { beforeAll, describe, expect, test } from "vitest";
import { Trace } from "../../src/delivery/trace.ts";
import { eachDatabase } from "../support/databases.ts";
import { PIXEL, plantTrip } from "./plant-trip.ts";
import { exchange } from "./raw-exchange.ts";
import { type Answer, startSite, useSite } from "./test-site.ts";

/** `server-timing` of https://www.w3.org/TR/server-timing/, as far as we use it. */
const METRICS = /^[a-z]+;dur=\d+\.\d\d(?:, [a-z]+;dur=\d+\.\d\d)*$/;

/** What took how long, in milliseconds; undefined where nothing is said. */
function timingOf({ headers }: Pick<Answer, "headers">): Readonly<Record<string, number>> | undefined {
  const text = headers["server-timing"] as string | undefined;
  if (text === undefined) return undefined;
  expect(text).toMatch(METRICS);
  return Object.fromEntries(text.split(", ").map((metric) => [metric.split(";")[0]!, Number(metric.split("=")[1])]));
}

/** The steps, and `total`, in the order of their first time. */
const stepsOf = (answer: Answer) => Object.keys(timingOf(answer) ?? {}).join(" ");

eachDatabase((makeDatabase) => {
  const author = useSite(makeDatabase);
  let code: string;
  let asset: string;

  beforeAll(async () => {
    const trip = await plantTrip(author.services, { title: "Manual", children: [{ title: "Use" }] });
    code = (await author.services.cards.cardOf(trip.id("Use"))).code;
    asset = (await author.services.assets.add(trip.tripId, "dot.png", PIXEL)).href;
  });

  test("a page that is made says how long each step took, and one from memory says nothing", async () => {
    const site = await startSite({ databaseUrl: author.databaseUrl });
    try {
      const first = await site.get("/manual/use");
      expect(stepsOf(first)).toBe("parse trip structure resolve content render total");
      const { total = 0, ...steps } = timingOf(first)!;
      const sum = Object.values(steps).reduce((all, ms) => all + ms, 0);
      // Each is rounded to the nearest hundredth.
      expect(sum).toBeLessThanOrEqual(total + 0.04);
      expect(sum).toBeGreaterThan(0);
      for (const headers of [{}, { "if-none-match": first.headers.etag! }, { "accept-encoding": "br" }])
        expect(timingOf(await site.get("/manual/use", headers))).toBeUndefined();
      expect(timingOf(await site.ask("HEAD", "/manual/use"))).toBeUndefined();
    } finally {
      await site.close();
    }
  });

  test("everything else that was worked on says what was done", async () => {
    await author.get("/manual");
    for (const [target, steps] of [
      ["/manual/use/", "parse trip structure resolve render total"],
      ["/manual/nowhere", "parse trip structure resolve render total"],
      ["/unknown", "parse trip render total"],
      ["/manual/use.json", "parse trip structure resolve content render total"],
      [`/c/${code}`, "parse trip structure resolve render total"],
      [asset, "content render total"],
      ["/robots.txt", "render total"],
      ["/manual/%zz", "parse total"],
    ] as const)
      expect({ target, steps: stepsOf(await author.get(target)) }).toEqual({ target, steps });
    expect(stepsOf(await author.ask("HEAD", "/manual/use"))).toBe("parse trip structure resolve content render total");
  });

  test("who waited for what another reader had begun says only that", async () => {
    const site = await startSite({ databaseUrl: author.databaseUrl });
    try {
      const one = "GET /manual/use HTTP/1.1\r\nHost: localhost\r\n\r\n";
      const { heard } = await exchange(site.port, one + one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      expect([...heard.matchAll(/^server-timing: (.*)\r$/gm)].map(([, text]) => text!.replace(/;dur=[\d.]+/g, ""))).toEqual([
        "parse, trip, structure, resolve, content, render, total",
        "wait, total",
      ]);
    } finally {
      await site.close();
    }
  });

  test("the API says nothing of it, nor does what was refused", async () => {
    expect(timingOf(await author.get("/api/trips"))).toBeUndefined();
    expect(timingOf(await author.ask("POST", "/manual"))).toBeUndefined();
  });
});

describe("a trace", () => {
  test("adds up what is done in several goes", () => {
    const trace = new Trace();
    trace.did("structure");
    trace.did("resolve");
    trace.did("structure");
    expect(trace.formatServerTiming().replace(/\d+\.\d\d/g, "N")).toBe("structure;dur=N, resolve;dur=N, total;dur=N");
  });
});

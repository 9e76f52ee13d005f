import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Route, routes } from "qrcards/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useSqlite } from "../support/databases.ts";
import { PNG, startApi, type TestApi } from "./api-server.ts";

const GUIDE = readFileSync(new URL("../../../../docs/api.md", import.meta.url), "utf8");
const run = promisify(execFile);

describe("docs/api.md", () => {
  const makeDatabase = useSqlite();
  const folder = mkdtempSync(join(tmpdir(), "qrcards-api-guide-"));
  let api: TestApi;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    api = await startApi(await makeDatabase());
    writeFileSync(join(folder, "minster.png"), PNG);
    const { trip } = await api.client.createTrip({ body: { title: "Guide" } });
    const page = async (title: string) => (await api.client.createNode({ body: { parentId: trip.rootId, title } })).node.id;
    environment = {
      PATH: process.env.PATH,
      API: `${api.url}/api`,
      TOKEN: await api.token("read", "edit", "publish"),
      TRIP: String(trip.id),
      ROOT: trip.rootId,
      PAGE: await page("page"),
      OTHER: await page("other"),
      THIRD: await page("third"),
    };
  });
  afterAll(async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });

  test("lists every route with its scope", () => {
    const listed = [...GUIDE.matchAll(/^\| `([A-Z]+ \/api\S*)` \| (\w+) \|/gm)].map(([, route, scope]) => `${route} ${scope}`);
    const expected = Object.values<Route>(routes).map(
      ({ method, path, scope }) => `${method} ${path} ${scope === "public" ? "none" : scope}`,
    );
    expect(listed.sort()).toEqual(expected.sort());
  });

  test.skipIf(spawnSync("curl", ["--version"]).status !== 0)("its examples work, one after the other", async () => {
    const examples = [...GUIDE.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
    expect(examples.length).toBeGreaterThan(10);
    for (const example of examples) {
      const strict = `set -eu; curl() { command curl --silent --show-error --fail-with-body "$@"; }\n${example}`;
      const { stdout } = await run("bash", ["-c", strict], { cwd: folder, env: environment });
      expect(stdout).toMatch(/^\{.*\}$/s);
    }
  });
});

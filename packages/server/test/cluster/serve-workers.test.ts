import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, renameSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { useCli } from "../cli/run-cli.ts";
import { type LoadOptions, type Outcome, startLoad } from "./steady-load.ts";

const cli = useCli();
const WAIT = { timeout: 60_000, interval: 50 };
vi.setConfig({ testTimeout: 180_000 });

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  /** All that it has written to stdout so far. */
  output(): string;
  /** All that it has written to stderr so far. */
  remarks(): string;
  /** Process ids. */
  workers(): number[];
}

let running: Pick<Running, "child" | "workers"> | undefined;

beforeAll(() => cli.json("trips", "create", "Log", "--slug", "log"));

afterEach(() => {
  if (running === undefined) return;
  const { child, workers } = running;
  running = undefined;
  // Those that it started first: it starts no more when it is gone.
  const pids = workers();
  child.kill("SIGKILL");
  for (const pid of pids) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  // Killed all at once they leave nobody to strike them off.
  withDatabase((database) => database.exec("delete from workers"));
});

/** Starts a server with two workers and waits for its welcome. */
async function serve(): Promise<Running> {
  const child = cli.start(["serve", "--workers", "2", "--port", "0", "--host", "127.0.0.1"]);
  let output = "";
  let remarks = "";
  child.stderr!.on("data", (part) => {
    remarks += part;
  });
  child.stdout!.on("data", (part) => {
    output += part;
  });
  const workers = () => childrenOf(child.pid!);
  running = { child, workers };
  await vi.waitFor(() => expect(output).toContain("Ctrl-C"), WAIT);
  const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(output)![1]);
  return { child, workers, port, output: () => output, remarks: () => remarks };
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync("ps", ["-A", "-o", "ppid=,pid="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/).map(Number)).flatMap(([ppid, pid]) => (ppid === parent ? pid! : []));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function withDatabase<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(cli.folder, "data", "qrcards.db"), { timeout: 5_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** How many stand in the registry. */
function registered(): number {
  return withDatabase((database) => (database.prepare("select count(*) as count from workers").get() as { count: number }).count);
}

/** Keep-alive clients, and clients that come anew each time. */
async function loadBoth({ port }: Running) {
  const kinds: LoadOptions[] = [true, false].map((keepAlive) => ({ port, path: "/log", keepAlive, clients: 4 }));
  const loads = kinds.map(startLoad);
  await Promise.all(loads.map((load) => load.underWay));
  return { stop: async () => (await Promise.all(loads.map((load) => load.stop()))) as [readonly Outcome[], readonly Outcome[]] };
}

describe("serve with several workers", () => {
  test("says once where it is and how many serve, answers there, and ends with exit code 0", async () => {
    const { child, port, output, remarks, workers } = await serve();
    expect(output().match(/QRCards is running/g)).toHaveLength(1);
    expect(output()).toMatch(/Workers +2\n/);
    expect(workers()).toHaveLength(2);
    expect((await fetch(`http://127.0.0.1:${port}/log`)).status).toBe(200);
    const exit = once(child, "exit");
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
    expect(remarks()).toBe("SIGINT received: stopping.\n");
  });

  test.each(["SIGKILL", "SIGSTOP"] as const)("replaces a worker on %s, at the cost of what that one had under way", async (signal) => {
    const server = await serve();
    const before = server.workers();
    const load = await loadBoth(server);
    process.kill(before[0]!, signal);
    await vi.waitFor(() => expect(server.output()).toMatch(/"signal":"SIGKILL".*another one takes its place/), WAIT);
    await vi.waitFor(() => expect(registered()).toBe(2), WAIT);
    for (const { answered, failures } of (await load.stop()).flat()) {
      expect(answered).toBeGreaterThan(1);
      // Of its connections each breaks once.
      if (failures.length > 0) expect(failures).toEqual(["ECONNRESET"]);
    }
    expect(server.workers()).toContain(before[1]);
    expect(server.workers()).toHaveLength(2);
  });

  test("restarts all workers on SIGHUP without a failed request", async () => {
    const server = await serve();
    const before = server.workers();
    const load = await loadBoth(server);
    server.child.kill("SIGHUP");
    await vi.waitFor(() => expect(server.remarks()).toContain("All workers are new."), WAIT);
    const [keptAlive, anew] = await load.stop();
    for (const { answered, failures } of [...keptAlive, ...anew]) {
      expect(failures).toEqual([]);
      expect(answered).toBeGreaterThan(0);
    }
    expect(server.workers()).toHaveLength(2);
    expect(server.workers().filter((pid) => before.includes(pid))).toEqual([]);
    expect(registered()).toBe(2);
  });

  test("on SIGTERM answers every request that comes on an open connection", async () => {
    const server = await serve();
    const load = startLoad({ port: server.port, path: "/log", keepAlive: true, clients: 8, untilClosed: true });
    await load.underWay;
    const exit = once(server.child, "exit");
    server.child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    for (const { failures } of await load.stop()) expect(failures).toEqual([]);
    expect(registered()).toBe(0);
  });

  test("makes no database anew in the place of one that was moved away, and goes on when that is back", async () => {
    const { workers, port, remarks } = await serve();
    const before = workers();
    const file = join(cli.folder, "data", "qrcards.db");
    renameSync(file, `${file}.away`);
    process.kill(before[0]!, "SIGKILL");
    await vi.waitFor(() => expect(remarks()).toContain(`The database file ${file} is not there`), WAIT);
    expect(existsSync(file)).toBe(false);
    renameSync(`${file}.away`, file);
    await vi.waitFor(async () => {
      expect(workers()).toHaveLength(2);
      for (let asked = 0; asked < 4; asked++) expect((await fetch(`http://127.0.0.1:${port}/log`)).status).toBe(200);
    }, WAIT);
  });

  test("leaves no process behind when the first one is killed", async () => {
    const { child, port, workers } = await serve();
    const pids = workers();
    const answer = await fetch(`http://127.0.0.1:${port}/log`);
    await answer.text();
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 20_000, interval: 50 });
  });

  test.each([
    ["the port is taken", (port: number) => ({ PORT: String(port) })],
    ["the host is none of this machine's", () => ({ PORT: "0", HOST: "192.0.2.200" })],
    ["the database cannot be used", () => ({ PORT: "0", DATABASE_URL: `sqlite:${cli.folder}/data/qrcards.db/none.db` })],
    ["there are no workers", () => ({ PORT: "0", WORKERS: "0" })],
  ])("says what one process says when %s", async (_what, settings) => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const env = { HOST: "127.0.0.1", ...settings((taken.address() as { port: number }).port) };
    const [alone, several] = await Promise.all(
      ["1", "2"].map((workers) => cli.run(["serve", "--json"], { env: { WORKERS: workers, ...env } })),
    );
    taken.close();
    expect(alone!.code).not.toBe(0);
    expect(several).toEqual(alone);
  });
});

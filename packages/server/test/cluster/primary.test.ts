import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findFreePort } from "../../src/cli/serve/listen.ts";
import type { Order, Settings, Word } from "./cluster-program.ts";

vi.setConfig({ testTimeout: 60_000 });

const PROGRAM = fileURLToPath(new URL("./cluster-program.ts", import.meta.url));
const WAIT = { timeout: 30_000, interval: 20 };

interface Said {
  readonly pid: number;
  readonly heard: readonly string[];
}

let folder: string;
let port: number;
let primary: ChildProcess;
let logged: Readonly<Record<string, unknown>>[];
let waiting: ((result: unknown) => void)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "qrcards-cluster-"));
  port = await findFreePort("127.0.0.1");
  logged = [];
  waiting = [];
});

afterEach(async () => {
  if (primary.exitCode === null) {
    const exit = once(primary, "exit");
    void order("kill");
    await exit;
  }
  rmSync(folder, { recursive: true, force: true });
});

const spoilFile = () => join(folder, "spoiled");
const eventsFile = () => join(folder, "events");
const events = () => readFileSync(eventsFile(), "utf8").trim().split("\n");

function start(settings: Partial<Settings> = {}): Promise<unknown> {
  const all: Settings = { workers: 2, port, spoilFile: spoilFile(), eventsFile: eventsFile(), ...settings };
  primary = fork(PROGRAM, [JSON.stringify(all)]);
  primary.on("message", (word: Word) => {
    if ("log" in word) logged.push(word.log);
    else waiting[word.id]?.(word.result);
  });
  return order("start");
}

/** Gives the primary an order and waits until it is done. */
function order(what: Order["what"]): Promise<unknown> {
  return new Promise((resolve) => {
    const id = waiting.push(resolve) - 1;
    primary.send({ id, what } satisfies Order);
  });
}

async function say(path = "/pid", limitMs = 15_000): Promise<Said> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(limitMs) });
  return (await response.json()) as Said;
}

/** Those that are ready, by their own word: pids by numbers, the oldest first. */
async function ready(): Promise<Map<number, number>> {
  const answers = (await order("ask")) as [number, string][];
  return new Map(answers.map(([number, pid]) => [number, Number(pid)] as const).sort(([a], [b]) => a - b));
}

async function pids(): Promise<number[]> {
  return [...(await ready()).values()];
}

async function untilReady(count: number): Promise<number[]> {
  return vi.waitFor(async () => {
    const found = await pids();
    expect(found).toHaveLength(count);
    return found;
  }, WAIT);
}

describe("a primary", () => {
  test("starts as many workers as it was told to, and says what the first one said", async () => {
    const { report } = (await start({ workers: 3 })) as { report: string };
    expect([...(await ready()).keys()]).toEqual([1, 2, 3]);
    expect(report).toBe(`ready ${(await ready()).get(1)}`);
    expect(logged).toEqual([]);
  });

  test("starts no second worker when the first one does not get ready, and says how that ended", async () => {
    writeFileSync(spoilFile(), "");
    expect(await start()).toMatchObject({ failed: { code: 7, signal: null } });
  });

  test("replaces a worker that ends, and says which one and why", async () => {
    await start();
    const before = await pids();
    process.kill(before[0]!, "SIGKILL");
    await vi.waitFor(() => expect(logged).toMatchObject([{ workerPid: before[0], signal: "SIGKILL", code: null, pauseMs: 100 }]), WAIT);
    await vi.waitFor(async () => expect((await pids()).filter((pid) => pid !== before[0])).toHaveLength(2), WAIT);
    const { pid } = await say("/exit");
    await vi.waitFor(() => expect(logged[1]).toMatchObject({ workerPid: pid, signal: null, code: 3 }), WAIT);
    await untilReady(2);
  });

  test("waits longer each time that a worker lives shortly", async () => {
    await start();
    writeFileSync(spoilFile(), "");
    process.kill((await pids())[0]!, "SIGKILL");
    await vi.waitFor(() => expect(logged.map(({ pauseMs }) => pauseMs)).toEqual([100, 200, 400, 800]), WAIT);
    expect(await pids()).toHaveLength(1);
    rmSync(spoilFile());
    await untilReady(2);
  });

  test.each([
    ["stopped", async () => process.kill((await pids())[0]!, "SIGSTOP")],
    ["blocked", () => say("/block")],
  ])("kills and replaces a worker that is %s", async (_how, harm) => {
    await start({ silenceLimitMs: 1_000 });
    await harm();
    await vi.waitFor(() => expect(logged).toMatchObject([{ signal: "SIGKILL", killedFor: "silent for 1 s" }]), WAIT);
    await untilReady(2);
  });

  test("gives a connection that a stopped worker had not taken to another one", async () => {
    await start({ silenceLimitMs: 2_000 });
    const [stopped] = await pids();
    process.kill(stopped!, "SIGSTOP");
    const answers = await Promise.all(Array.from({ length: 8 }, () => say()));
    expect(answers.map(({ pid }) => pid)).not.toContain(stopped);
  });

  test("blames no worker when it stood still itself", async () => {
    await start({ silenceLimitMs: 1_000 });
    const before = await pids();
    await order("sleep");
    expect(await pids()).toEqual(before);
    expect(logged).toEqual([]);
  });

  test("replaces a worker that was told to leave at once, and kills it when it does not end in time", async () => {
    await start({ drainLimitMs: 500 });
    const { pid } = await say("/linger");
    process.kill(pid, "SIGTERM");
    const lines = [
      { workerPid: pid, text: expect.stringContaining("told to leave") },
      { workerPid: pid, killedFor: expect.any(String) },
    ];
    await vi.waitFor(() => expect(logged).toMatchObject(lines), WAIT);
    await untilReady(2);
    expect(await pids()).not.toContain(pid);
  });

  test("stops when all workers have ended, with exit code 0", async () => {
    await start();
    const before = await pids();
    const exit = once(primary, "exit");
    void order("stop");
    expect(await exit).toEqual([0, null]);
    for (const pid of before) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("a rolling restart", () => {
  test("changes all workers, and never has fewer", async () => {
    await start();
    const before = await pids();
    expect(await order("restart")).toBe(true);
    const after = await pids();
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect(after).toHaveLength(2);
    expect(events().map((event) => event.split(" ")[0])).toEqual(["ready", "ready", "ready", "drain", "ready", "drain"]);
    expect(logged).toEqual([]);
  });

  test("is given up when a new worker does not get ready, and the old ones go on", async () => {
    await start();
    const before = await pids();
    writeFileSync(spoilFile(), "");
    expect(await order("restart")).toBe(false);
    expect(await pids()).toEqual(before);
    rmSync(spoilFile());
    expect(await order("restart")).toBe(true);
  });

  test("is done once more afterwards, however often it is asked for meanwhile", async () => {
    await start();
    expect(await order("thrice")).toEqual([true, true, true]);
    expect([...(await ready()).keys()]).toEqual([5, 6]);
  });

  test("that is cut short by a stop has not failed", async () => {
    await start();
    expect(await order("cut")).toBe("undefined");
    expect(logged).toEqual([]);
  });
});

describe("what workers tell each other", () => {
  test("reaches all others, and not the one that said it", async () => {
    await start({ workers: 3 });
    const { pid } = await say("/send");
    const heard = new Map<number, readonly string[]>();
    await vi.waitFor(async () => {
      const said = await say("/heard");
      heard.set(said.pid, said.heard);
      expect([...heard].filter(([who]) => who !== pid).map(([, texts]) => texts)).toEqual([[`from ${pid}`], [`from ${pid}`]]);
      expect(heard.get(pid)).toEqual([]);
    }, WAIT);
  });

  test("under which ids a worker that has ended was registered reaches who is left, though one of them is stopped", async () => {
    await start({ workers: 3, silenceLimitMs: 2_000 });
    const [stopped, dead, left] = await pids();
    process.kill(stopped!, "SIGSTOP");
    process.kill(dead!, "SIGKILL");
    await vi.waitFor(async () => {
      const { pid, heard } = await say("/heard");
      expect(pid).toBe(left);
      expect(heard).toContain(`gone id-${dead}`);
    }, WAIT);
  });

  test("a question is answered by all that can, and a stopped one is not waited for", async () => {
    await start();
    const [stopped, other] = await pids();
    process.kill(stopped!, "SIGSTOP");
    expect(await pids()).toEqual([other]);
    process.kill(stopped!, "SIGCONT");
    await vi.waitFor(async () => expect(await pids()).toEqual([stopped, other]), WAIT);
  });
});

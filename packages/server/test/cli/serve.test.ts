import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { useCli } from "./run-cli.ts";

const cli = useCli();
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

interface Running {
  readonly child: ChildProcess;
  /** All that it has written to stdout so far. */
  output(): string;
  /** All that it has written to stderr so far. */
  remarks(): string;
}

/** Starts a server and waits for its welcome. */
async function serve(args: readonly string[], env: Record<string, string> = {}, until = "Ctrl-C"): Promise<Running> {
  const child = cli.start(["serve", ...args], { PORT: "0", HOST: "127.0.0.1", ...env });
  running.push(child);
  let output = "";
  let remarks = "";
  child.stderr!.on("data", (part) => {
    remarks += part;
  });
  for await (const part of child.stdout!) {
    output += part;
    if (output.includes(until)) return { child, output: () => output, remarks: () => remarks };
  }
  throw new Error(`The server ended before it was ready: ${remarks}`);
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
  return child.exitCode;
}

const localUrl = (output: string) => /http:\/\/[\w.]+:\d+/.exec(output)![0];

describe("serve", () => {
  test("says where it is, where the data lies and how to go on, and answers there", async () => {
    const { child, output, remarks } = await serve([]);
    expect(output()).toMatch(/This machine {2}http:\/\/127\.0\.0\.1:\d+\//);
    expect(output()).not.toContain("Same network");
    expect(output()).toContain(`${cli.folder}/data/qrcards.db`);
    expect(output()).toContain("npx qrcards token create");
    expect((await fetch(localUrl(output()))).status).toBe(200);
    expect(await stop(child, "SIGTERM")).toBe(0);
    expect(remarks()).toContain("SIGTERM received: stopping.");
  });

  test("without the Redis that it was told of says so in one line, serves, and ends when it is told to", async () => {
    const { child, output, remarks } = await serve([], { REDIS_URL: "redis://:hush@127.0.0.1:1/0" });
    expect(output().match(/Redis does not answer/g)).toHaveLength(1);
    expect(output()).toMatch(/Redis +redis:\/\/127\.0\.0\.1:1\/0/);
    expect(output()).not.toContain("hush");
    expect((await fetch(localUrl(output().slice(output().indexOf("This machine"))))).status).toBe(200);
    expect(await stop(child, "SIGTERM")).toBe(0);
    expect(remarks()).not.toContain("hush");
  });

  test("with --demo loads the demo trip once, and shows a page of it with its QR code", async () => {
    const first = await serve(["--demo"]);
    expect(first.remarks()).toContain("Loading the demo trip");
    const [demoUrl] = /http:\S+\/bcbs-239-the-book\/chapter-1\/what-is-bcbs-239\/principles/.exec(first.output()) ?? [];
    expect(first.output()).toContain("█ ▄▄▄▄▄ █");
    expect((await fetch(demoUrl!)).status).toBe(200);
    expect(await stop(first.child, "SIGINT")).toBe(0);

    await cli.json("trips", "rename", "bcbs-239-the-book", "--slug", "basel");
    const second = await serve(["--demo"]);
    expect(second.remarks()).not.toContain("Loading");
    expect(second.output()).toContain("/basel/chapter-1/");
    expect(await cli.json("trips", "list")).toHaveLength(1);
  });

  test("takes the port, the host and the public address from the environment or from options", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as { port: number };
    probe.close();
    await once(probe, "close");
    const { child } = await serve(["--json"], { PORT: String(port), PUBLIC_URL: "https://cards.example.org" }, '"pid"');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${port}/robots.txt`)).text()).toContain("https://cards.example.org");
    await stop(child, "SIGTERM");
    const other = await serve(["--json", "--host", "0.0.0.0", "--port", String(port)], { PORT: "1" }, "}");
    expect(JSON.parse(other.output())).toMatchObject({
      localUrl: `http://localhost:${port}`,
      publicUrlIsSet: false,
      demoUrl: null,
      pid: other.child.pid,
    });
  });

  test("on a port that is taken says so, and what to do", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await cli.run(["serve"], { env: { PORT: String(port), HOST: "127.0.0.1" } });
    taken.close();
    expect(code).toBe(5);
    expect(stderr).toContain(`error: Port ${port} is in use already.`);
    expect(stderr).toMatch(/`PORT=3001\s+npm\s+start`/);
  });

  test("on an address that is not this machine's says so", async () => {
    const { code, stderr } = await cli.run(["serve"], { env: { PORT: "0", HOST: "192.0.2.200" } });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/HOST is "192\.0\.2\.200"/)]);
  });

  test("stops by itself with connections open", async () => {
    const { child, output, remarks } = await serve([]);
    const { hostname, port } = new URL(localUrl(output()));
    const idle = connect(Number(port), hostname);
    await once(idle, "connect");
    expect(await stop(child, "SIGTERM")).toBe(0);
    expect(remarks()).not.toContain("leaving");
    idle.destroy();
  });

  test("shows an edit by the command line that was made meanwhile", async () => {
    await cli.json("trips", "create", "Shown", "--slug", "shown");
    const { output } = await serve([]);
    const title = async () => /<title>([^<]*)/.exec(await (await fetch(`${localUrl(output())}/shown`)).text())?.[1];
    expect(await title()).toContain("Shown");
    const edit = await cli.run(["trips", "edit", "shown", "--title", "Changed"]);
    expect(edit.stdout).toContain("Visible everywhere.");
    await vi.waitFor(async () => expect(await title()).toContain("Changed"), { timeout: 20_000, interval: 50 });
  });
});

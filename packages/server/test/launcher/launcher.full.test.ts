import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchNode } from "../../../../scripts/launcher/fetch-node.mjs";
import { ROOT } from "../../../../scripts/launcher/npm.mjs";
import { findExecutable } from "../../../../scripts/services/find-executable.mjs";

const { version } = JSON.parse(readFileSync(join(ROOT, "packages", "server", "package.json"), "utf8")) as { version: string };

/** As on a stranger's machine, whose own Node is this one: a clone of the last commit, nothing installed. */
describe.each([20, 24])("a fresh clone on a machine with Node %d", (major) => {
  let folder: string;
  let clone: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "qrcards-clone-")));
    clone = join(folder, "clone");
    expect(spawnSync("git", ["clone", "--quiet", ROOT, clone]).status).toBe(0);
    env = strangersEnvironment(folder, fetchNode(major));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function launch() {
    writeFileSync(join(folder, "npm.log"), "");
    const { status, stdout, stderr } = spawnSync("node", ["scripts/launch.mjs", "qrcards", "--version"], {
      cwd: clone,
      env,
      encoding: "utf8",
    });
    const npmRuns = readFileSync(join(folder, "npm.log"), "utf8").split("\n").filter(Boolean);
    return { status, stdout, stderr, npmRuns };
  }

  test("installs what is missing at the first start, says so, and runs", () => {
    const { status, stdout, stderr, npmRuns } = launch();
    expect(stderr).toContain("Installing dependencies");
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` });
    expect(npmRuns.map((line) => line.split(" ")[0])).toEqual(major < 24 ? ["install", "ci"] : ["ci"]);
    expect(existsSync(join(clone, ".tools", "install.lock"))).toBe(false);
  });

  test("runs no npm at the second start, and says nothing", () => {
    expect(launch()).toEqual({ status: 0, stdout: `${version}\n`, stderr: "", npmRuns: [] });
  });

  test("starts the product: the demo trip is there to be read", async () => {
    const server = spawn("node", ["scripts/launch.mjs", "start"], {
      cwd: clone,
      env: { ...env, HOST: "127.0.0.1", PORT: "0" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = once(server, "exit");
    try {
      const address = await firstAddress(server.stdout);
      const response = await fetch(new URL("/bcbs-239-the-book/chapter-1/what-is-bcbs-239/principles", address));
      expect(response.status).toBe(200);
      expect(await response.text()).toContain("<h1");
    } finally {
      server.kill("SIGTERM");
      await exited;
    }
    expect(server.exitCode).toBe(0);
  });

  test("is still as it was cloned", () => {
    expect(spawnSync("git", ["status", "--porcelain"], { cwd: clone, encoding: "utf8" }).stdout).toBe("");
  });
});

async function firstAddress(stdout: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    text += chunk;
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`The server ended without naming its address: ${text}`);
}

/** Our environment without what npm, vitest and the launcher put there; with that Node, and an npm that keeps a log. */
function strangersEnvironment(folder: string, node: string): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_ENV$|VITEST|TEST$|INIT_CWD$|QRCARDS_)/.test(name),
  );
  const bin = join(folder, "bin");
  const npm = findExecutable(["npm"]);
  mkdirSync(bin);
  writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "$*" >> "${join(folder, "npm.log")}"\nexec "${npm}" "$@"\n`);
  chmodSync(join(bin, "npm"), 0o755);
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.startsWith(ROOT));
  return { ...Object.fromEntries(ours), PATH: [bin, dirname(node), ...path].join(delimiter) };
}

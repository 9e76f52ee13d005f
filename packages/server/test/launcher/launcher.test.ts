import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isInstalled } from "../../../../scripts/launcher/install-dependencies.mjs";
import { acquireLock } from "../../../../scripts/launcher/install-once.mjs";

const SCRIPTS = fileURLToPath(new URL("../../../../scripts/", import.meta.url));

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "qrcards-launcher-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the launcher", () => {
  // A checkout that needs no dependency, so that nothing is installed.
  beforeEach(() => {
    cpSync(SCRIPTS, join(folder, "scripts"), { recursive: true });
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: {} }));
  });

  function launch(args: string[], checkout = folder) {
    return spawnSync(process.execPath, [join(checkout, "scripts", "launch.mjs"), ...args], { encoding: "utf8" });
  }

  test.each([[[]], [["strat"]], [["toString"]], [["exec"]]])("called with %j says how it is used, and installs nothing", (args) => {
    const { status, stderr } = launch(args);
    expect(stderr).toMatch(/^usage: /);
    expect(status).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(["package-lock.json", "scripts"]);
  });

  test("ends with the exit code of what it ran", () => {
    expect(launch(["exec", "node", "-e", "process.exit(7)"]).status).toBe(7);
    expect(launch(["exec", "node", "-e", "process.kill(process.pid, 'SIGKILL')"]).status).toBe(128 + 9);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("passes %s on, and stays until what it ran has finished", async (signal) => {
    const program = `process.on("${signal}", () => { console.log("finishing"); process.exit(7); }); setInterval(() => {}, 1000); console.log("up");`;
    const launcher = spawn(process.execPath, [join(folder, "scripts", "launch.mjs"), "exec", "node", "-e", program]);
    let output = "";
    launcher.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output === "up\n") launcher.kill(signal);
    });
    const [code] = await once(launcher, "close");
    expect({ code, output }).toEqual({ code: 7, output: "up\nfinishing\n" });
  });

  test("says so when a tool is not there", () => {
    const { status, stderr } = launch(["exec", "no-such-tool"]);
    expect(stderr).toContain("no-such-tool could not be started");
    expect(status).toBe(1);
  });

  test("keeps stdout for what it runs, which sees the sources as they are", () => {
    const { stdout } = launch(["exec", "node", "-e", "console.log(process.env.NODE_OPTIONS, process.env.PATH)"]);
    expect(stdout).toContain("--conditions=qrcards-source");
    expect(stdout).toContain(join(folder, "node_modules", ".bin"));
  });

  test("works through a symbolic link to the checkout", () => {
    const link = join(folder, "link");
    symlinkSync(folder, link);
    expect(launch(["exec", "node", "-e", "process.exit(7)"], link).status).toBe(7);
  });
});

describe("the dependencies", () => {
  const wanted = {
    "": { name: "workspace" },
    "packages/cache": { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/for-another-platform": { version: "1.0.0", integrity: "sha512-b", optional: true },
  };

  function install(packages: Record<string, object>): boolean {
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: wanted }));
    writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
    return isInstalled(folder);
  }

  test("are there when npm has installed what the lock file says", () => {
    expect(install({ "node_modules/a": wanted["node_modules/a"] })).toBe(true);
  });

  test("are not there in a fresh clone", () => {
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: wanted }));
    expect(isInstalled(folder)).toBe(false);
  });

  test.each([
    ["one is missing", {}],
    ["one has another version", { "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }],
    ["one has other contents", { "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }],
  ])("are not there when %s", (_title, packages) => {
    expect(install(packages)).toBe(false);
  });
});

describe("the lock of an install", () => {
  const lock = () => join(folder, "tools", "install.lock");

  function leave(owner: string): void {
    mkdirSync(join(folder, "tools"));
    writeFileSync(lock(), owner);
  }

  test("names its owner, and is gone when given back", () => {
    const release = acquireLock(lock());
    expect(readFileSync(lock(), "utf8")).toBe(String(process.pid));
    release();
    expect(existsSync(lock())).toBe(false);
  });

  test("is taken over from an owner that is gone", () => {
    leave(String(spawnSync(process.execPath, ["-e", ""]).pid));
    acquireLock(lock());
    expect(readdirSync(join(folder, "tools"))).toEqual(["install.lock"]);
    expect(readFileSync(lock(), "utf8")).toBe(String(process.pid));
  });

  test("is taken over from an owner of before a restart that had our process id", () => {
    leave(String(process.pid));
    acquireLock(lock())();
    expect(existsSync(lock())).toBe(false);
  });

  test.each([
    ["lives", String(process.ppid)],
    ["has not written its name yet", ""],
  ])("stays with an owner that %s", (_title, owner) => {
    leave(owner);
    expect(() => acquireLock(lock(), 0)).toThrow(/Another install .* holds/);
    expect(readFileSync(lock(), "utf8")).toBe(owner);
  });
});

import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { useCli } from "./run-cli.ts";

const cli = useCli();
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** @returns the server's address */
async function serve(...args: string[]): Promise<string> {
  const child = cli.start(["serve", "--json", ...args], { PORT: "0", HOST: "127.0.0.1" });
  running.push(child);
  let output = "";
  for await (const part of child.stdout!) {
    output += part;
    const [, url] = /"localUrl": "([^"]+)"/.exec(output) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error("The server ended before it was ready.");
}

/** Nothing that was read in a turn before is used again. */
async function look(url: string): Promise<string> {
  const response = await fetch(url, { redirect: "manual" });
  return `${response.status} ${/<title>([^<]*)/.exec(await response.text())?.[1] ?? response.headers.get("location")}`;
}

test("a restore under running servers is all that they show when the command returns, and its cards lead on", async () => {
  const file = join(cli.folder, "backup.db");
  await cli.json("trips", "create", "Museum", "--slug", "museum");
  await cli.json("trips", "add", "museum", "Egypt");
  const { code } = await cli.json("card", "museum/egypt");
  expect(await cli.json("backup", file)).toMatchObject({ file, sizeBytes: expect.any(Number) as number });

  await cli.json("trips", "rename", "museum/egypt", "Nile");
  const later = await cli.json("card", "museum");
  const url = await serve("--workers", "2");
  expect(await look(`${url}/museum/nile`)).toContain("200 Nile");

  const seen: string[] = [];
  let reading = true;
  const reader = (async () => {
    while (reading) seen.push(await look(`${url}/museum/nile`));
  })();
  const restored = await cli.run(["restore", file, "--yes"]);
  const after = await Promise.all(Array.from({ length: 40 }, () => look(`${url}/museum/nile`)));
  reading = false;
  await reader;

  expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining("Every server shows it.") as string });
  expect(new Set(after.map((answer) => answer.slice(0, 3)))).toEqual(new Set(["404"]));
  expect(seen.filter((answer) => answer.startsWith("5"))).toEqual([]);
  expect(await look(`${url}/museum/egypt`)).toContain("200 Egypt");
  expect(await look(`${url}/c/${code}`)).toBe("302 /museum/egypt");
  expect((await look(`${url}/c/${later.code}`)).slice(0, 3)).toBe("404");
});

test("a backup is a database that a command, or a server, can run on", async () => {
  const file = join(cli.folder, "served.db");
  await cli.json("backup", file);
  const { json } = await cli.run(["trips", "list", "--json"], { env: { DATABASE_URL: `sqlite:${file}` } });
  expect(json).toEqual(await cli.json("trips", "list"));
});

test("what cannot be done is said with what to do, and nothing is made", async () => {
  const file = join(cli.folder, "a.db");
  await cli.json("backup", file);
  expect(await cli.json("backup", file)).toMatchObject({ code: "backup-refused", help: expect.stringContaining("--force") as string });
  expect(await cli.json("backup", file, "--force")).toMatchObject({ file });
  expect(await cli.json("backup", join(cli.folder, "nowhere", "a.db"))).toMatchObject({ code: "file-unusable" });
  expect(await cli.json("restore", join(cli.folder, "nothing.db"), "--yes")).toMatchObject({ code: "file-unusable" });
  expect(existsSync(join(cli.folder, "nothing.db"))).toBe(false);
  // No terminal is here that could be asked.
  expect((await cli.run(["restore", file, "--json"])).json).toMatchObject({
    code: "usage",
    message: expect.stringMatching(/trips? in .*--yes/s) as string,
  });
  expect(await cli.json("copy", "--to", "mysql://x")).toMatchObject({ code: "usage" });
});

test("a copy is told table by table", async () => {
  const to = `sqlite:${join(cli.folder, "copy.db")}`;
  const { tables } = await cli.json("copy", "--to", to);
  expect(tables).toContainEqual({
    table: "trips",
    rows: expect.any(Number) as number,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const { stdout } = await cli.runInside("copy", "--to", to, "--replace");
  expect(stdout).toMatch(/Copied .*\n {4}to .*copy\.db\n\n {2}contents +\d/);
});

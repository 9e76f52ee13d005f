import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../src/config.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

// No container engine runs where the tests run: the files are read as it would read them, and the same topology runs as plain
// processes in test/cluster/machines.db.test.ts.

interface Service {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly configs?: readonly { readonly source: string }[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: object;
}

describe("compose.yaml", () => {
  const compose = parse(read("compose.yaml"), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly configs: Readonly<Record<string, { readonly content: string }>>;
    readonly volumes: Readonly<Record<string, unknown>>;
  };
  const { services } = compose;

  test("has two machines of the product that differ in nothing, PostgreSQL, Valkey, and a proxy that knows both", () => {
    expect(Object.keys(services).toSorted()).toEqual(["machine-1", "machine-2", "postgres", "proxy", "valkey"]);
    expect(services["machine-1"]).toEqual(services["machine-2"]);
    const proxy = compose.configs[services.proxy!.configs![0]!.source]!.content;
    expect(proxy).toContain("reverse_proxy machine-1:3000 machine-2:3000 {");
    expect(proxy.split("{").length).toBe(proxy.split("}").length);
  });

  test("gives a machine settings that the product takes, and that lead to the services beside it", () => {
    const variables: Readonly<Record<string, string>> = { POSTGRES_PASSWORD: "secret", PUBLIC_URL: "https://cards.example.org" };
    const fill = (text: string) => text.replaceAll(/\$\{(\w+)[^}]*\}/g, (_, name: string) => variables[name] ?? "");
    const env = Object.fromEntries(Object.entries(services["machine-1"]!.environment!).map(([name, value]) => [name, fill(value)]));
    const config = parseConfig(env);
    expect(new URL(config.databaseUrl)).toMatchObject({ hostname: "postgres", username: services.postgres!.environment!.POSTGRES_USER });
    expect(config.cache.redis?.label).toBe("redis://valkey");
    expect(config).toMatchObject({ publicUrl: "https://cards.example.org", workers: 2 });
  });

  test("refers only to what it has", () => {
    for (const [name, { depends_on: needs = [], configs = [], volumes = [] }] of Object.entries(services)) {
      const needed = Array.isArray(needs) ? needs : Object.keys(needs);
      for (const other of needed) expect(services, name).toHaveProperty([other as string]);
      for (const { source } of configs) expect(compose.configs, name).toHaveProperty([source]);
      for (const volume of volumes) expect(compose.volumes, name).toHaveProperty([volume.split(":")[0]!]);
    }
    const awaited = services["machine-1"]!.depends_on as Readonly<Record<string, { readonly condition: string }>>;
    for (const [name, { condition }] of Object.entries(awaited))
      if (condition === "service_healthy") expect(services[name]!.healthcheck, name).toBeDefined();
  });

  test("names the version of each image", () => {
    for (const { image } of Object.values(services)) if (image !== "qrcards") expect(image).toMatch(/^[a-z/]+:\d[\w.-]*$/);
  });
});

describe("Dockerfile", () => {
  const INSTRUCTIONS = [
    "FROM",
    "WORKDIR",
    "COPY",
    "RUN",
    "ENV",
    "USER",
    "VOLUME",
    "EXPOSE",
    "HEALTHCHECK",
    "STOPSIGNAL",
    "ENTRYPOINT",
    "CMD",
  ];
  const lines = read("Dockerfile")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, instruction = "", rest = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      return { instruction, rest };
    });
  const stages = lines.flatMap(({ instruction, rest }) => (instruction === "FROM" ? [/ AS (\w+)$/.exec(rest)?.[1] ?? ""] : []));
  const last = lines.slice(lines.findLastIndex(({ instruction }) => instruction === "FROM"));

  test("has only instructions that there are, and stages before those that copy from them", () => {
    for (const { instruction } of lines) expect(INSTRUCTIONS).toContain(instruction);
    for (const { rest } of lines.filter(({ instruction }) => instruction === "COPY")) {
      const [, stage] = /^--from=(\w+)/.exec(rest) ?? [];
      if (stage !== undefined) expect(stages.slice(0, -1)).toContain(stage);
    }
  });

  test("copies files that there are", () => {
    const copied = lines.filter(({ instruction, rest }) => instruction === "COPY" && !rest.startsWith("--from"));
    const sources = copied.flatMap(({ rest }) => rest.split(" ").slice(0, -1));
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(existsSync(join(ROOT, source)), source).toBe(true);
  });

  test("ends in a small image under a user without rights, that says whether it lives", () => {
    expect(stages).toEqual(["build", "packages", ""]);
    const user = last.findIndex(({ instruction }) => instruction === "USER");
    expect(last[user]!.rest).not.toMatch(/root|^0/);
    expect(last.slice(user).map(({ instruction }) => instruction)).toEqual([
      "USER",
      "VOLUME",
      "EXPOSE",
      "HEALTHCHECK",
      "STOPSIGNAL",
      "ENTRYPOINT",
      "CMD",
    ]);
    for (const { rest } of last.filter(({ instruction }) => instruction === "ENTRYPOINT" || instruction === "CMD"))
      expect(JSON.parse(rest)).toEqual(expect.arrayContaining([expect.any(String)]));
    const check = /CMD (\[.*\])$/.exec(last.find(({ instruction }) => instruction === "HEALTHCHECK")!.rest)![1]!;
    const [program, , script] = JSON.parse(check) as string[];
    expect(program).toBe("node");
    expect(() => new Function(script!)).not.toThrow();
  });

  test("has the Node that the product needs", () => {
    for (const { rest } of lines.filter(({ instruction }) => instruction === "FROM")) expect(rest).toMatch(/^node:24-/);
  });
});

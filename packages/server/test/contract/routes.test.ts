import { Problem, type Route, routes } from "qrcards/contract";
import { expect, test } from "vitest";

const ROUTES = Object.entries(routes).map(([name, route]): [string, Route] => [name, route]);

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
}

/** Every schema within one, with the place where it stands. */
function* within(schema: Schema, place: string): Generator<[string, Schema]> {
  yield [place, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* within(property, `${place}.${name}`);
  for (const property of Object.values(schema.patternProperties ?? {})) yield* within(property, `${place}.*`);
  if (schema.items !== undefined) yield* within(schema.items, `${place}[]`);
  for (const [index, choice] of (schema.anyOf ?? []).entries()) yield* within(choice, `${place}|${index}`);
}

const requests = ROUTES.flatMap(([name, { params, query, body }]) =>
  [params, query, body].flatMap((part) => (typeof part === "object" ? [...within(part as Schema, name)] : [])),
);
const answers = ROUTES.filter(([name]) => name !== "getOpenApi").flatMap(([name, { response }]) => [...within(response as Schema, name)]);

test("no object takes fields that it does not name", () => {
  const open = [...requests, ...answers].filter(([, schema]) => schema.properties !== undefined && schema.additionalProperties !== false);
  expect(open.map(([place]) => place)).toEqual([]);
});

test("every text that comes in is bounded", () => {
  const unbounded = requests.filter(
    ([, schema]) => schema.type === "string" && schema.enum === undefined && schema.maxLength === undefined,
  );
  expect(unbounded.map(([place]) => place)).toEqual([]);
});

test("every field says what it is", () => {
  const fields = [...requests, ...answers, ...within(Problem as Schema, "Problem")].flatMap(([place, schema]) =>
    Object.entries(schema.properties ?? {}).map(([name, field]): [string, Schema] => [`${place}.${name}`, field]),
  );
  expect(fields.length).toBeGreaterThan(100);
  expect(fields.filter(([, field]) => !field.description).map(([place]) => place)).toEqual([]);
});

test("what stands in braces in a path is what its params are", () => {
  for (const [name, { path, params }] of ROUTES) {
    expect([name, [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])]).toEqual([name, Object.keys(params?.properties ?? {})]);
  }
});

test("no two routes are the same", () => {
  const seen = ROUTES.map(([, { method, path }]) => `${method} ${path}`);
  expect(new Set(seen).size).toBe(seen.length);
});

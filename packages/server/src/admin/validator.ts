import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";

/**
 * Holds requests against the contract's schemas. A body must have the right types itself; in an address everything is
 * text, so where a schema wants an integer there, plain decimal digits are read as one. Nothing is removed or filled in.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const integers = httpPart === "params" || httpPart === "querystring" ? integerFields(schema) : [];
  return (input: unknown) => {
    const value = integers.length === 0 ? input : readIntegers(input as Record<string, unknown>, integers);
    if (validator.Check(value)) return { value };
    return { error: validator.Errors(value) as never };
  };
};

function integerFields(schema: TSchema): string[] {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.keys(properties).filter((name) => properties[name]!.type === "integer");
}

function readIntegers(input: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  const value = { ...input };
  for (const field of fields) {
    const text = value[field];
    if (typeof text === "string" && /^(?:0|[1-9][0-9]{0,15})$/.test(text)) value[field] = Number(text);
  }
  return value;
}

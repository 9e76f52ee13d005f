import { formatJsonPointer } from "./json-pointer.ts";

/** One thing that a client has to correct. */
export interface InvalidField {
  /** The part of the request. */
  readonly in: "body" | "query" | "path" | "headers";
  /** A JSON Pointer into it (RFC 6901); "" is the whole part. */
  readonly path: string;
  /** What is wrong with it, as the end of a sentence that starts with its name. */
  readonly message: string;
}

/** An error of TypeBox. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
}

const PARTS: Readonly<Record<string, InvalidField["in"]>> = { body: "body", querystring: "query", params: "path", headers: "headers" };

/**
 * One line a field from a schema validator's errors, which come in several for one fault and in the words of schemas.
 * @param part Fastify's `validationContext`.
 */
export function listInvalidFields(errors: readonly SchemaError[], part: string | undefined): InvalidField[] {
  const messages = new Map<string, string>();
  const choices = new Map<string, unknown[]>();
  // What follows a first message about the same place only explains how the schema came to it.
  const say = (path: string, message: string) => {
    if (!messages.has(path)) messages.set(path, message);
  };
  for (const { keyword, instancePath: path, params, message } of errors) {
    switch (keyword) {
      case "required":
        for (const member of membersOf(path, params.requiredProperties)) say(member, "is required");
        break;
      case "additionalProperties":
        for (const member of membersOf(path, params.additionalProperties)) say(member, "is not a known field");
        break;
      case "boolean":
        // The schema `false`, which stands where no field may be.
        say(path, "is not a known field");
        break;
      case "const":
        // The choices of a union come one by one.
        choices.set(path, [...(choices.get(path) ?? []), params.allowedValue]);
        messages.set(path, `must be ${formatChoices(choices.get(path)!)}`);
        break;
      case "enum":
        say(path, `must be ${formatChoices(params.allowedValues as unknown[])}`);
        break;
      default:
        say(path, message ?? "is not valid");
    }
  }
  return Array.from(messages, ([path, message]) => ({ in: PARTS[part ?? "body"] ?? "body", path, message }));
}

function membersOf(path: string, names: unknown): string[] {
  return (names as readonly string[]).map((name) => path + formatJsonPointer([name]));
}

function formatChoices(choices: readonly unknown[]): string {
  const spelt = choices.map((choice) => JSON.stringify(choice));
  return spelt.length === 1 ? spelt[0]! : `one of ${spelt.join(", ")}`;
}

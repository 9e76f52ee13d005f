import { type TObjectOptions, type TProperties, type TSchema, Type } from "typebox";

/** The fields that resources and requests are made of. Each is made with the description that fits its place. */

/** An object that has these fields and no others. */
export function closed<Properties extends TProperties>(properties: Properties, options: TObjectOptions = {}) {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

/** One of the fields below, or null; the description says what null means. */
export function nullable<Schema extends TSchema>(field: (description: string) => Schema, description: string) {
  return Type.Union([field(description), Type.Null()], { description });
}

/** PostgreSQL's `integer`: a larger number could not even be asked for. */
const LARGEST_INTEGER = 2_147_483_647;

export const nodeId = (description: string) =>
  Type.String({ description, pattern: "^[0-9a-hjkmnp-tv-z]{12}$", minLength: 12, maxLength: 12, examples: ["3f8k2m9qw0xz"] });

export const tripId = (description: string) => Type.Integer({ description, minimum: 1, maximum: LARGEST_INTEGER });

export const revision = (description: string) => Type.Integer({ description, minimum: 1, maximum: LARGEST_INTEGER });

export const instant = (description: string) =>
  Type.String({ description, format: "date-time", maxLength: 24, examples: ["2026-11-24T20:25:00.000Z"] });

export const title = (description: string) => Type.String({ description, minLength: 1, maxLength: 500 });

/** For texts that come in addresses as well, where no JSON parser has looked at them: PostgreSQL stores no NUL. */
const NO_CONTROLS = "^[^\\u0000-\\u001F\\u007F]+$";

/** What an author writes is folded and checked when it is stored, so there is room here for what folding takes away. */
export const slug = (description: string) => Type.String({ description, pattern: NO_CONTROLS, minLength: 1, maxLength: 200 });

export const body = (description: string) => Type.String({ description, maxLength: 900 * 1024, contentMediaType: "text/markdown" });

export const path = (description: string) => Type.String({ description, maxLength: 8 * 1024 });

export const state = (description: string) => Type.Enum(["draft", "unlisted", "public"], { description, type: "string" });

export const language = (description: string) =>
  Type.String({ description, pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", minLength: 2, maxLength: 35, examples: ["en", "pt-BR"] });

export const direction = (description: string) => Type.Enum(["ltr", "rtl"], { description, type: "string" });

export const filename = (description: string) => Type.String({ description, pattern: NO_CONTROLS, minLength: 1, maxLength: 255 });

export const contentHash = (description: string) =>
  Type.String({ description, pattern: "^[A-Za-z0-9_-]{27}$", minLength: 27, maxLength: 27 });

export const count = (description: string) => Type.Integer({ description, minimum: 0 });

import { randomBytes } from "node:crypto";

/** A new `meta.epoch`: nothing that anybody knows of the database from before counts under it. As the migration draws the first one. */
export function newEpoch(): string {
  return randomBytes(16).toString("hex");
}

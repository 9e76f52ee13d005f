import { Type } from "typebox";
import { closed, nodeId, nullable, revision, slug, state } from "./fields.ts";

/** The fields of requests that several edits share. */

export const newState = state("Default draft. `public` and `unlisted` need the scope publish.");

export const editableState = state("`public` and `unlisted` need the scope publish.");

export const newSlug = nullable(slug, "Your own name for the address. Default null: made from the title.");

export const editableSlug = nullable(
  slug,
  "Your own name for the address; null makes one from the title. Former addresses go on to lead here. Left out: the address stays, whatever the title.",
);

export const expectedRevision = revision(
  "The page's revision that you read: the edit is refused when somebody changed the page since. `If-Match` says the same.",
);

export const parentChildrenRevision = revision(
  "The parent's childrenRevision that you read: the edit is refused when pages there came, went or changed order since.",
);

/** What a PATCH says of it. */
export const LOCKED = "Needs the page's revision, as `revision` or as `If-Match`, so that nobody's work is lost unseen.";

export const placement = Type.Union(
  [
    Type.Enum(["first", "last"], { description: "At an end.", type: "string" }),
    closed({ before: nodeId("The sibling that comes after.") }, { description: "Before a sibling." }),
    closed({ after: nodeId("The sibling that comes before.") }, { description: "After a sibling." }),
  ],
  { description: "Where among its siblings. Default last." },
);

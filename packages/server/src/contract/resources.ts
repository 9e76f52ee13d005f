import { type Static, Type } from "typebox";
import {
  body,
  closed,
  contentHash,
  count,
  direction,
  filename,
  instant,
  language,
  nodeId,
  nullable,
  path,
  revision,
  slug,
  state,
  title,
  tripId,
} from "./fields.ts";

/** What the API answers with. The `$id` is the name that the OpenAPI document gives it. */

export const Deletion = closed(
  {
    nodeId: nodeId("The page that was deleted: this one, or the ancestor that took it along. Restore that one."),
    at: instant("When."),
    successorId: nullable(nodeId, "The page that answers in its stead; null when there is none."),
  },
  { $id: "Deletion", description: "How a page came to be deleted." },
);

export const Breadcrumb = closed(
  {
    id: nodeId("The ancestor's id."),
    title: title("The ancestor's title."),
    path: nullable(path, "Its address; null while it is deleted."),
  },
  { $id: "Breadcrumb", description: "One ancestor of a page." },
);

const nodeProperties = {
  id: nodeId("Never changes and is never used again."),
  tripId: tripId("The trip that it belongs to."),
  parentId: nullable(nodeId, "The page above; null for the trip's own page, its root."),
  title: title("One line."),
  slug: nullable(slug, "Its name in its place, the last word of its address; null while it is deleted. The root's is the trip's."),
  slugIsExplicit: Type.Boolean({ description: "Whether an author chose the slug; false: it was made from a title." }),
  state: state(
    "Who may see it: nobody (draft), whoever has its address or card (unlisted), everybody (public). No page is more visible than those above it.",
  ),
  language: nullable(language, "BCP 47; null: as the page above."),
  direction: nullable(direction, "Of its text; null: as the page above."),
  revision: revision("Raised by each edit of this page. An edit that names an older one is refused."),
  childrenRevision: revision("Raised when pages directly below come, go or change order."),
  path: nullable(path, "Its address on this server, percent-encoded; null while it is deleted."),
  url: nullable(path, "Its absolute address, below PUBLIC_URL; null while it is deleted."),
  breadcrumbs: Type.Array(Breadcrumb, { description: "From the trip's page down to the parent; empty for the root." }),
  deletion: nullable(() => Deletion, "Null for a living page."),
  createdAt: instant("When it was made."),
  updatedAt: instant("When it was last edited."),
};

export const Node = closed(nodeProperties, { $id: "Node", description: "A page, without its text." });

export const NodeWithBody = closed(
  { ...nodeProperties, body: body("Markdown.") },
  { $id: "NodeWithBody", description: "A page with its text." },
);

export const Trip = closed(
  {
    id: tripId("Never changes and is never used again."),
    slug: slug("The first word of all its addresses."),
    rootId: nodeId("Its own page. What the trip has of title, state, language, direction and revision is this page's."),
    title: title("One line."),
    state: state("Public trips are listed; unlisted ones are found by their address or a card; drafts by nobody."),
    language: language("BCP 47; pages inherit it."),
    direction: nullable(direction, "Of its text; pages inherit it. Null is ltr."),
    revision: revision("Of its own page. An edit that names an older one is refused."),
    childrenRevision: revision("Raised when pages directly below come, go or change order."),
    version: count("Raised by every change of anything in the trip."),
    pages: count("Its pages, drafts too; one that was deleted itself is not counted."),
    path: path("Its address on this server, percent-encoded."),
    url: path("Its absolute address, below PUBLIC_URL."),
    deleted: Type.Boolean({ description: "Whether it was deleted; it can be restored." }),
  },
  { $id: "Trip", description: "One record that becomes many pages." },
);

export const Card = closed(
  {
    code: Type.String({
      description: "What is printed, in its canonical form.",
      pattern: "^[0-9A-HJKMNP-TV-Z]{8}$",
      minLength: 8,
      maxLength: 8,
    }),
    nodeId: nodeId("The page that it leads to, for ever."),
    url: path("What its QR code holds."),
    scans: count("How often it was followed. A scan is counted within a second or so."),
    createdAt: instant("When it was minted."),
  },
  { $id: "Card", description: "A code bound to a page." },
);

export const Asset = closed(
  {
    hash: contentHash("Of its bytes."),
    filename: filename("As it is offered for download."),
    mediaType: Type.String({ description: "Read from its bytes.", maxLength: 100, examples: ["image/png"] }),
    sizeBytes: count("How large it is."),
    width: nullable(count, "In pixels; null where the image does not say."),
    height: nullable(count, "In pixels; null where the image does not say."),
    href: path("Its address on this server. The bytes there never change."),
    markdown: Type.String({ description: "Ready to stand in a page's text.", maxLength: 2_000 }),
  },
  { $id: "Asset", description: "An image that pages of a trip may show." },
);

export const StructureNode = closed(
  {
    id: nodeId("The page's id."),
    parentId: nodeId("The page above."),
    slug: slug("Its name in its place."),
    title: title("One line."),
    state: state("Its own; no page is more visible than those above it."),
    path: path("Its address on this server, percent-encoded."),
    depth: Type.Integer({ description: "1 for groups, 2 for destinations, 3 and more for activities.", minimum: 1 }),
  },
  { $id: "StructureNode", description: "A living page in its place." },
);

export const Structure = closed(
  {
    id: tripId("The trip."),
    slug: slug("The first word of all its addresses."),
    title: title("Of the trip."),
    rootId: nodeId("The trip's own page."),
    version: count("The version of the trip that this shows, all of it."),
    groups: Type.Array(StructureNode, { description: "Chapters: the pages directly below the trip's, in reading order." }),
    destinations: Type.Array(StructureNode, { description: "Sections: the pages below groups, in reading order." }),
    activities: Type.Array(StructureNode, { description: "All pages below destinations, to any depth, in reading order." }),
    slug_map: Type.Record(Type.String(), nodeId("The page there."), {
      description:
        "From the path below the trip (`chapter-1/what-is-it/principles`, not percent-encoded) to the page's id; all living pages but the root.",
    }),
    deleted: Type.Array(
      closed({
        id: nodeId("The page's id. What was alive below it went with it and comes back with it."),
        parentId: nodeId("Where it would come back."),
        title: title("One line."),
        at: instant("When it was deleted."),
      }),
      { description: "The pages that were deleted themselves." },
    ),
  },
  { $id: "Structure", description: "A trip's whole tree without texts." },
);

export const Problem = Type.Object(
  {
    type: Type.String({ description: "A name for the code, as a URI.", maxLength: 100 }),
    title: Type.String({ description: "The code in words.", maxLength: 100 }),
    status: Type.Integer({ description: "The HTTP status.", minimum: 400, maximum: 599 }),
    code: Type.String({ description: "Stable, for programs.", maxLength: 50 }),
    detail: Type.String({ description: "What happened this time." }),
    help: Type.String({ description: "What to do about it." }),
    requestId: Type.String({ description: "The server's log has more under it.", maxLength: 100 }),
    fields: Type.Optional(
      Type.Array(
        closed({
          in: Type.Enum(["body", "query", "path", "headers"], { description: "The part of the request.", type: "string" }),
          path: Type.String({ description: "A JSON Pointer into that part; empty for all of it." }),
          message: Type.String({ description: "What is wrong with it." }),
        }),
        { description: "`validation-failed`: what to correct." },
      ),
    ),
    yours: Type.Optional(Type.Unknown({ description: "`revision-conflict`: the revision that the edit named, and what it wanted." })),
    current: Type.Optional(Type.Unknown({ description: "`revision-conflict`: what is there now, with its revision." })),
  },
  { $id: "Problem", description: "RFC 9457. Codes have members of their own besides; clients pass over those they do not know." },
);

export type Deletion = Static<typeof Deletion>;
export type Breadcrumb = Static<typeof Breadcrumb>;
export type Node = Static<typeof Node>;
export type NodeWithBody = Static<typeof NodeWithBody>;
export type Trip = Static<typeof Trip>;
export type Card = Static<typeof Card>;
export type Asset = Static<typeof Asset>;
export type StructureNode = Static<typeof StructureNode>;
export type Structure = Static<typeof Structure>;
export type Problem = Static<typeof Problem>;

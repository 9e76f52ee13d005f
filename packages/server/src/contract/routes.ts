import { Type } from "typebox";
import {
  body,
  closed,
  count,
  direction,
  filename,
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
import { Asset, Card, Node, NodeWithBody, Structure, Trip } from "./resources.ts";
import type { Route } from "./route.ts";

const inTrip = closed({ tripId: tripId("The trip.") });
const inNode = closed({ nodeId: nodeId("The page.") });

const version = count(
  "The trip's version, raised by every change of anything in it. When the answer to an edit arrives, this server shows nothing older.",
);
const link = (description: string) => path(description);
const optionalLink = (description: string) => nullable(path, description);

const tripLinks = closed(
  {
    self: link("This trip."),
    root: link("Its own page, as a node."),
    structure: link("Its whole tree."),
    cards: link("All its cards."),
    page: link("Where readers find it."),
  },
  { description: "Where to go on." },
);
const nodeLinks = closed(
  {
    self: link("This page."),
    trip: link("Its trip."),
    parent: optionalLink("The page above; null for the root."),
    cards: link("Its cards."),
    page: optionalLink("Where readers find it; null while it is deleted."),
  },
  { description: "Where to go on." },
);
const listLinks = closed({ trip: link("The trip.") }, { description: "Where to go on." });

const tripAnswer = closed({ trip: Trip, version, links: tripLinks }, { description: "The trip." });
const nodeAnswer = closed({ node: Node, version, links: nodeLinks }, { description: "The page as it is now." });

const expectedRevision = revision(
  "The page's revision that you read: the edit is refused when somebody changed the page since. `If-Match` says the same.",
);
const parentRevision = revision(
  "The parent's childrenRevision that you read: the edit is refused when pages there came, went or changed order since.",
);

const newState = state("Default draft. `public` and `unlisted` need the scope publish.");
const editableState = state("`public` and `unlisted` need the scope publish.");
const newSlug = nullable(slug, "Your own name for the address. Default null: made from the title.");
const editableSlug = nullable(
  slug,
  "Your own name for the address; null makes one from the title. Former addresses go on to lead here. Left out: the address stays, whatever the title.",
);

const LOCKED = "Needs the page's revision, as `revision` or as `If-Match`, so that nobody's work is lost unseen.";

/**
 * The whole API: the server's routes, the OpenAPI document and the client are made from this table, so none of them can
 * have a route without a scope or a schema. The names are the client's methods and the document's operation ids.
 */
export const routes = {
  listTrips: {
    method: "GET",
    path: "/api/trips",
    scope: "read",
    tag: "Trips",
    summary: "List all trips, by title",
    query: closed({ slug: Type.Optional(slug("Only the trip that has this slug now.")) }),
    status: 200,
    response: closed({ trips: Type.Array(Trip, { description: "Deleted ones too." }) }, { description: "All trips." }),
  },
  createTrip: {
    method: "POST",
    path: "/api/trips",
    scope: "edit",
    tag: "Trips",
    summary: "Create a trip",
    body: closed({
      title: title("One line."),
      slug: Type.Optional(newSlug),
      body: Type.Optional(body("Markdown of the trip's own page. Default empty.")),
      state: Type.Optional(newState),
      language: Type.Optional(language("BCP 47; pages inherit it. Default en.")),
      direction: Type.Optional(nullable(direction, "Of its text; pages inherit it. Default null, which is ltr.")),
    }),
    status: 201,
    response: tripAnswer,
  },
  getTrip: {
    method: "GET",
    path: "/api/trips/{tripId}",
    scope: "read",
    tag: "Trips",
    summary: "Read a trip",
    params: inTrip,
    status: 200,
    response: tripAnswer,
  },
  patchTrip: {
    method: "PATCH",
    path: "/api/trips/{tripId}",
    scope: "edit",
    tag: "Trips",
    summary: "Change a trip's title, slug, state, language or direction",
    description: `These are its own page's, and so is the revision. ${LOCKED}`,
    params: inTrip,
    body: closed({
      title: Type.Optional(title("One line.")),
      slug: Type.Optional(editableSlug),
      state: Type.Optional(editableState),
      language: Type.Optional(language("BCP 47; pages inherit it.")),
      direction: Type.Optional(nullable(direction, "Of its text; pages inherit it. Null is ltr.")),
      revision: Type.Optional(expectedRevision),
    }),
    status: 200,
    response: tripAnswer,
  },
  deleteTrip: {
    method: "DELETE",
    path: "/api/trips/{tripId}",
    scope: "edit",
    tag: "Trips",
    summary: "Delete a trip",
    description: "Its addresses and cards answer 410. It can be restored.",
    params: inTrip,
    query: closed({ revision: Type.Optional(expectedRevision) }),
    status: 200,
    response: tripAnswer,
  },
  restoreTrip: {
    method: "POST",
    path: "/api/trips/{tripId}/restore",
    scope: "edit",
    tag: "Trips",
    summary: "Restore a deleted trip",
    description: "A trip that is not deleted stays as it is.",
    params: inTrip,
    body: closed({ revision: Type.Optional(expectedRevision) }),
    status: 200,
    response: tripAnswer,
  },
  getStructure: {
    method: "GET",
    path: "/api/trips/{tripId}/structure",
    scope: "read",
    tag: "Trips",
    summary: "Read a trip's whole tree, without texts",
    description: "All of it is of one version.",
    params: inTrip,
    status: 200,
    response: Structure,
  },
  createNode: {
    method: "POST",
    path: "/api/nodes",
    scope: "edit",
    tag: "Nodes",
    summary: "Create a page below another one",
    body: closed({
      parentId: nodeId("The page above; a trip's rootId for the first level."),
      title: title("One line."),
      slug: Type.Optional(newSlug),
      body: Type.Optional(body("Markdown. Default empty.")),
      state: Type.Optional(newState),
      language: Type.Optional(nullable(language, "BCP 47. Default null: as the page above.")),
      direction: Type.Optional(nullable(direction, "Of its text. Default null: as the page above.")),
      placement: Type.Optional(placement("Where among its siblings. Default last.")),
      parentChildrenRevision: Type.Optional(parentRevision),
    }),
    status: 201,
    response: nodeAnswer,
  },
  getNode: {
    method: "GET",
    path: "/api/nodes/{nodeId}",
    scope: "read",
    tag: "Nodes",
    summary: "Read a page with its text",
    description: "Deleted pages too. The `ETag` is the revision, for `If-Match`.",
    params: inNode,
    status: 200,
    response: closed({ node: NodeWithBody, version, links: nodeLinks }, { description: "The page." }),
  },
  patchNode: {
    method: "PATCH",
    path: "/api/nodes/{nodeId}",
    scope: "edit",
    tag: "Nodes",
    summary: "Change a page's title, slug, text, state, language or direction",
    description: LOCKED,
    params: inNode,
    body: closed({
      title: Type.Optional(title("One line.")),
      slug: Type.Optional(editableSlug),
      body: Type.Optional(body("Markdown.")),
      state: Type.Optional(editableState),
      language: Type.Optional(nullable(language, "BCP 47; null: as the page above. A trip's own page always has one.")),
      direction: Type.Optional(nullable(direction, "Of its text; null: as the page above.")),
      revision: Type.Optional(expectedRevision),
    }),
    status: 200,
    response: nodeAnswer,
  },
  moveNode: {
    method: "POST",
    path: "/api/nodes/{nodeId}/move",
    scope: "edit",
    tag: "Nodes",
    summary: "Move a page below another one, or among its siblings",
    description: "What lies below moves along. Former addresses go on to lead here. A name that is taken in the new place gets a number.",
    params: inNode,
    body: closed(
      {
        parentId: Type.Optional(nodeId("The new page above, in the same trip. Default: where it is.")),
        placement: Type.Optional(placement("Where among its siblings. Default last.")),
        revision: Type.Optional(expectedRevision),
        parentChildrenRevision: Type.Optional(parentRevision),
        newParentChildrenRevision: Type.Optional(revision("The same of the new parent.")),
      },
      { description: "`parentId`, `placement` or both." },
    ),
    status: 200,
    response: nodeAnswer,
  },
  mergeNode: {
    method: "POST",
    path: "/api/nodes/{nodeId}/merge",
    scope: "edit",
    tag: "Nodes",
    summary: "Merge a page into another one",
    description:
      "The page is deleted; the other one gets its children, last, and answers its addresses and cards. Texts are not joined: put what you want to keep into the other page. Answers with the other page.",
    params: inNode,
    body: closed({
      intoId: nodeId("The page that stays, in the same trip."),
      revision: Type.Optional(expectedRevision),
      childrenRevision: Type.Optional(revision("The merged page's childrenRevision that you read, for its children move.")),
      parentChildrenRevision: Type.Optional(parentRevision),
      intoChildrenRevision: Type.Optional(revision("The same of the page that stays.")),
    }),
    status: 200,
    response: nodeAnswer,
  },
  deleteNode: {
    method: "DELETE",
    path: "/api/nodes/{nodeId}",
    scope: "edit",
    tag: "Nodes",
    summary: "Delete a page and what lies below it",
    description: "Its addresses and cards answer 410, or lead to the successor. It can be restored.",
    params: inNode,
    query: closed({
      successorId: Type.Optional(nodeId("The page that answers in its stead, in the same trip.")),
      revision: Type.Optional(expectedRevision),
      parentChildrenRevision: Type.Optional(parentRevision),
    }),
    status: 200,
    response: nodeAnswer,
  },
  restoreNode: {
    method: "POST",
    path: "/api/nodes/{nodeId}/restore",
    scope: "edit",
    tag: "Nodes",
    summary: "Restore a deleted page with what was alive below it",
    description:
      "It comes back to its place; a name that was taken there meanwhile gets a number. A page that is not deleted stays as it is.",
    params: inNode,
    body: closed({ revision: Type.Optional(expectedRevision), parentChildrenRevision: Type.Optional(parentRevision) }),
    status: 200,
    response: nodeAnswer,
  },
  listNodeCards: {
    method: "GET",
    path: "/api/nodes/{nodeId}/cards",
    scope: "read",
    tag: "Cards",
    summary: "List a page's cards with their scans, oldest first",
    params: inNode,
    status: 200,
    response: closed(
      { cards: Type.Array(Card, { description: "Empty until one is minted." }), links: listLinks },
      { description: "The page's cards." },
    ),
  },
  mintCard: {
    method: "POST",
    path: "/api/nodes/{nodeId}/cards",
    scope: "edit",
    tag: "Cards",
    summary: "Mint a further card for a page",
    params: inNode,
    status: 201,
    response: closed(
      {
        card: Card,
        version,
        links: closed(
          { self: link("Where the card leads."), node: link("Its page."), trip: link("The trip.") },
          { description: "Where to go on." },
        ),
      },
      { description: "The new card." },
    ),
  },
  listTripCards: {
    method: "GET",
    path: "/api/trips/{tripId}/cards",
    scope: "read",
    tag: "Cards",
    summary: "List all cards of a trip with their scans, oldest first",
    params: inTrip,
    status: 200,
    response: closed(
      { cards: Type.Array(Card, { description: "Of all its pages." }), links: listLinks },
      { description: "The trip's cards." },
    ),
  },
  uploadAsset: {
    method: "POST",
    path: "/api/trips/{tripId}/assets",
    scope: "edit",
    tag: "Assets",
    summary: "Upload an image for a trip's pages",
    description: "PNG, JPEG, GIF, WebP, AVIF or SVG, at most 16 MiB. The bytes decide what it is, not the name or the Content-Type.",
    params: inTrip,
    query: closed({ filename: filename("What to call it. Characters that no file system or address takes become hyphens.") }),
    body: "image",
    status: 201,
    response: closed(
      { asset: Asset, version, links: closed({ self: link("The image."), trip: link("The trip.") }, { description: "Where to go on." }) },
      { description: "The stored image. The same bytes under the same name are stored once." },
    ),
  },
  listAssets: {
    method: "GET",
    path: "/api/trips/{tripId}/assets",
    scope: "read",
    tag: "Assets",
    summary: "List a trip's images, by name",
    params: inTrip,
    status: 200,
    response: closed(
      { assets: Type.Array(Asset, { description: "All of them." }), links: listLinks },
      { description: "The trip's images." },
    ),
  },
  getOpenApi: {
    method: "GET",
    path: "/api/openapi.json",
    scope: "public",
    tag: "About",
    summary: "This API as an OpenAPI 3.1 document",
    status: 200,
    response: Type.Record(Type.String(), Type.Unknown(), { description: "OpenAPI 3.1." }),
  },
} as const satisfies Readonly<Record<string, Route>>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

function placement(description: string) {
  return Type.Union(
    [
      Type.Enum(["first", "last"], { description: "At an end.", type: "string" }),
      closed({ before: nodeId("The sibling that comes after.") }, { description: "Before a sibling." }),
      closed({ after: nodeId("The sibling that comes before.") }, { description: "After a sibling." }),
    ],
    { description },
  );
}

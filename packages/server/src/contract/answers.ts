import { closed, count, nullable, path } from "./fields.ts";
import { Node, NodeWithBody, Trip } from "./resources.ts";

/** What answers have around their resource. */

export const version = count(
  "The trip's version, raised by every change of anything in it. When the answer to an edit arrives, this server shows nothing older.",
);

export const link = (description: string) => path(description);

const LINKS = { description: "Where to go on." };

export const tripAnswer = closed(
  {
    trip: Trip,
    version,
    links: closed(
      {
        self: link("This trip."),
        root: link("Its own page, as a node."),
        structure: link("Its whole tree."),
        cards: link("All its cards."),
        page: link("Where readers find it."),
      },
      LINKS,
    ),
  },
  { description: "The trip as it is now." },
);

const nodeLinks = closed(
  {
    self: link("This page."),
    trip: link("Its trip."),
    parent: nullable(path, "The page above; null for the root."),
    cards: link("Its cards."),
    page: nullable(path, "Where readers find it; null while it is deleted."),
  },
  LINKS,
);

export const nodeAnswer = closed({ node: Node, version, links: nodeLinks }, { description: "The page as it is now." });

export const nodeWithBodyAnswer = closed({ node: NodeWithBody, version, links: nodeLinks }, { description: "The page as it is now." });

export const cardLinks = closed({ self: link("Where the card leads."), node: link("Its page."), trip: link("The trip.") }, LINKS);

export const assetLinks = closed({ self: link("The image."), trip: link("The trip.") }, LINKS);

export const listLinks = closed({ trip: link("The trip.") }, LINKS);

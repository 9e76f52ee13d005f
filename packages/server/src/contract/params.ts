import { closed, nodeId, tripId } from "./fields.ts";

/** What stands in braces in the routes' paths. */

export const inTrip = closed({ tripId: tripId("The trip.") });

export const inNode = closed({ nodeId: nodeId("The page.") });

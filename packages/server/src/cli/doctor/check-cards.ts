import type { Services } from "../../services.ts";
import { listTrips } from "../../trips/repository.ts";
import { count } from "../text.ts";
import { type Check, ok, warn } from "./check.ts";

/** So many codes are named; there may be more. */
const MOST_NAMED = 5;

/** Cards that lead to no page any more: theirs was deleted and no other took over. */
export async function checkCards({ database, trips, cards }: Services): Promise<Check[]> {
  const found = await listTrips(database.db);
  const lost: string[] = [];
  let total = 0;
  for (const { id } of found) {
    const { snapshot } = (await trips.snapshot(id))!;
    for (const { code, nodeId } of await cards.list({ tripId: id })) {
      const node = snapshot.findById(nodeId);
      total += 1;
      if (!snapshot.isAlive(node) && snapshot.successorOf(node) === -1) lost.push(code);
    }
  }
  const pages = found.reduce((sum, trip) => sum + trip.pages, 0);
  const checks = [ok("Trips", `${count(found.length, "trip")}, ${count(pages, "page")}`)];
  if (lost.length === 0) return [...checks, ok("Cards", `${count(total, "card")}, none of them lost`)];
  const named = lost.slice(0, MOST_NAMED).join(", ") + (lost.length > MOST_NAMED ? ", ..." : "");
  return [
    ...checks,
    warn(
      "Cards",
      `${lost.length.toLocaleString("en")} of ${count(total, "card")} say that their page is gone: ${named}`,
      "If they were printed: `qrcards resolve /c/CODE` names the page, `qrcards trips restore` brings it back.",
    ),
  ];
}

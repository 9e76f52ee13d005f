import type { Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import type { Visibility, Visible } from "../freshness/visibility.ts";
import type { TripService } from "../trips/service.ts";
import type { TripId } from "../trips/types.ts";
import type { IdempotencyStore, KeyedRequest, StoredAnswer } from "./idempotency.ts";

/** What an edit did, and how to say it once the trip's new version is known. */
export interface Done<Answer> {
  readonly tripId: TripId;
  /** Still in the transaction. */
  answer(version: number): Promise<Answer>;
  /** When it is committed. */
  committed?(): void;
}

/** An edit with all that is slow behind it, to be run in a transaction. `at` is the wall clock in ms. */
export type Edit<Answer> = (trx: Transaction<Schema>, at: number) => Promise<Done<Answer>>;

export interface Performed {
  readonly status: number;
  /** By the contract, apart from its visibility. */
  readonly result: Readonly<Record<string, unknown>>;
  /** The number of the change that it is visible with. */
  readonly version: number;
  readonly visible: Promise<Visible>;
  /** Nothing was done now: it was, when the key came first. */
  readonly replayed: boolean;
}

/** Leaves a transaction in which there is nothing to do. */
class Replay extends Error {
  readonly stored: StoredAnswer;

  constructor(stored: StoredAnswer) {
    super("This request was carried out before.");
    this.stored = stored;
  }
}

export interface EditDeps {
  readonly trips: TripService;
  readonly visibility: Pick<Visibility, "everywhere">;
  readonly keys: IdempotencyStore;
}

/** Runs an edit, or with a key that was used for the same request before: finds what it was answered then. */
export async function performEdit(
  { trips, visibility, keys }: EditDeps,
  edit: Edit<unknown>,
  status: number,
  keyed: KeyedRequest | undefined,
): Promise<Performed> {
  let result: Performed["result"] = {};
  try {
    const {
      result: done,
      receipt,
      visible,
    } = await trips.commit(
      async (trx, at) => {
        const stored = keyed && (await keys.find(trx, keyed, at));
        if (stored !== undefined) throw new Replay(stored);
        return { at, ...(await edit(trx, at)) };
      },
      ({ tripId }) => tripId,
      async (trx, { at, answer }, { version }) => {
        result = (await answer(version)) as Performed["result"];
        if (keyed !== undefined) await keys.store(trx, keyed, { status, body: JSON.stringify(result) }, at);
      },
    );
    done.committed?.();
    return { status, result, version: receipt.version, visible, replayed: false };
  } catch (error) {
    if (!(error instanceof Replay)) throw error;
    const { stored } = error;
    const answered = JSON.parse(stored.body) as { readonly version: number };
    // Whoever asks again may do so because the first answer never came: what it says must be true now.
    const visible = visibility.everywhere({ seq: answered.version });
    return { status: stored.status, result: answered, version: answered.version, visible, replayed: true };
  }
}

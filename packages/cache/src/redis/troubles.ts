import { NotConnectedError } from "../errors.ts";
import { Events } from "../events.ts";

/** Tells why there is no connection: each reason once, however often it is met again until there is one. */
export class Troubles {
  readonly #events = new Events<{ error: NotConnectedError }>();
  /** The reason that was told last, by what is not connected. */
  readonly #told = new Map<string, string>();

  constructor(onError: ((error: NotConnectedError) => void) | undefined) {
    if (onError !== undefined) this.#events.on("error", onError);
  }

  report(what: string, cause: Error): void {
    if (this.#told.get(what) === cause.message) return;
    this.#told.set(what, cause.message);
    this.#events.emit("error", new NotConnectedError(what, { cause }));
  }

  /** It is connected. */
  over(what: string): void {
    this.#told.delete(what);
  }
}

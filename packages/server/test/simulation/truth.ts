/** A place in the order of all events, and in true time. */
export interface Instant {
  readonly moment: number;
  readonly atMs: number;
}

/** One state that a trip was in. */
export interface State {
  readonly id: number;
  readonly tag: string;
  /** There is nothing to see: its loader finds none. */
  readonly gone: boolean;
  /** The number of its edit. After a flush a trip is in another state, of the same edit. */
  readonly edit: number;
  /** Until when it was what the database said; `Infinity`: it still is. */
  until: number;
  untilMs: number;
}

/** What each trip is, at one time. */
export type Picture = ReadonlyMap<string, State>;

/** What the database said when. */
export class Truth {
  readonly states: State[] = [];
  #current = new Map<string, State>();

  constructor(tags: readonly string[]) {
    for (const tag of tags) this.edit(tag, false, { moment: 0, atMs: 0 });
  }

  edit(tag: string, gone: boolean, at: Instant): State {
    return this.#enter(tag, gone, this.states.length, at);
  }

  /** What was made from the same rows before is not the same any more. */
  flush(at: Instant): void {
    for (const [tag, { gone, edit }] of this.#current) this.#enter(tag, gone, edit, at);
  }

  dump(): Picture {
    return new Map(this.#current);
  }

  /** All is as it was then, flushes since then included: so whatever was ever made from these rows is right again. */
  restore(picture: Picture, at: Instant): void {
    for (const tag of this.#current.keys()) this.#end(tag, at);
    this.#current = new Map(picture);
    for (const state of this.states)
      if (state.edit === this.currentOf(state.tag).edit) state.until = state.untilMs = Number.POSITIVE_INFINITY;
  }

  currentOf(tag: string): State {
    return this.#current.get(tag)!;
  }

  #enter(tag: string, gone: boolean, edit: number, at: Instant): State {
    this.#end(tag, at);
    const state = { id: this.states.length, tag, gone, edit, until: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    this.states.push(state);
    this.#current.set(tag, state);
    return state;
  }

  #end(tag: string, { moment, atMs }: Instant): void {
    for (const state of this.states) if (state.tag === tag && state.until > moment) Object.assign(state, { until: moment, untilMs: atMs });
  }
}

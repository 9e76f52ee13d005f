import type { PastStay } from "../paths/resolve.ts";
import { type NodeIndex, Snapshot } from "../trips/snapshot.ts";
import type { NodeId } from "../trips/types.ts";

/** A place in the tree that a walk asked for. */
export interface Place {
  readonly segment: string;
  /** Title of the page that it lies below. */
  readonly below: string;
  /** The page that stands there now, then those that stood there, newest first. */
  readonly pages: readonly { readonly id: NodeId; readonly title: string; readonly is: "living" | "past" | "deleted" }[];
}

/** A trip's structure that writes down what a walk asks it. */
export class RecordingSnapshot extends Snapshot {
  lookUps = 0;
  readonly #asked = new Map<string, Place>();

  /** In the order of asking, each once. */
  get places(): readonly Place[] {
    return [...this.#asked.values()];
  }

  override childAt(parent: NodeIndex, segment: string): NodeIndex {
    this.#record(parent, segment);
    return super.childAt(parent, segment);
  }

  override pastAt(parent: NodeIndex, segment: string): readonly PastStay[] {
    this.#record(parent, segment, true);
    return super.pastAt(parent, segment);
  }

  /** @param past whether the walk wants to know who stood there before; a living page ends the question else */
  #record(parent: NodeIndex, segment: string, past = false): void {
    this.lookUps += 1;
    const child = super.childAt(parent, segment);
    const place = `${parent}/${segment}`;
    const nodes = child === -1 ? [] : [child];
    if (past) nodes.push(...super.pastAt(parent, segment).map((stay) => stay.node));
    if (!past && this.#asked.has(place)) return;
    const pages = [...new Set(nodes)].map((node) => ({
      id: this.id(node),
      title: this.title(node),
      is: this.isAlive(node) ? (node === child ? ("living" as const) : ("past" as const)) : ("deleted" as const),
    }));
    this.#asked.set(place, { segment, below: this.title(parent), pages });
  }
}

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

export interface Closable {
  close(): Promise<void>;
}

export interface RoomOptions<C extends Closable> {
  /**
   * Connects to this namespace as another process would: two connections have nothing in common but the store. They need not
   * be ready yet; the suite waits for that.
   */
  connect(namespace: string): C | Promise<C>;
  /** Lets so much time pass. Default: waits for so long. With a manual clock: advances it. */
  elapse?(ms: number): Promise<void>;
}

/** How long anything that must come in the end is waited for, and how often it is looked for. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 10;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What one case works with: a namespace that nobody has used before, and two connections to it. */
export class Room<C extends Closable> {
  readonly namespace = `contract-${randomBytes(6).toString("hex")}`;
  a!: C;
  b!: C;
  readonly #options: RoomOptions<C>;
  readonly #probe: (connection: C) => Promise<unknown>;
  readonly #opened = new Set<C>();

  /** @param probe rejects while a connection is not ready */
  constructor(options: RoomOptions<C>, probe: (connection: C) => Promise<unknown>) {
    this.#options = options;
    this.#probe = probe;
  }

  async enter(): Promise<void> {
    this.a = await this.open(this.namespace);
    this.b = await this.open(this.namespace);
  }

  /** One more connection, ready. It is closed with the room. */
  async open(namespace: string): Promise<C> {
    const connection = await this.#options.connect(namespace);
    this.#opened.add(connection);
    await this.eventually("the connection to be ready", () =>
      this.#probe(connection).then(
        () => true,
        () => false,
      ),
    );
    return connection;
  }

  /** Closes one of the connections before the others. */
  async leave(connection: C): Promise<void> {
    this.#opened.delete(connection);
    await connection.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened].map((connection) => connection.close()));
  }

  elapse(ms: number): Promise<void> {
    return this.#options.elapse?.(ms) ?? wait(ms);
  }

  /** Resolves when it is so; rejects if it is not so within a time that is long for any store. */
  async eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (let waitedMs = 0; !(await isSo()); waitedMs += LOOK_EVERY_MS) {
      if (waitedMs >= PATIENCE_MS) assert.fail(`Expected ${what} within ${PATIENCE_MS} ms.`);
      await this.elapse(LOOK_EVERY_MS);
    }
  }
}

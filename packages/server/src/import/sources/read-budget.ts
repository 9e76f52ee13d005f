import { QRCardsError } from "../../errors.ts";

/** Counts what is really read from a source, each file once however often an include asks for it. */
export class ReadBudget {
  readonly #limitBytes: number;
  readonly #counted = new Set<string>();
  #readBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** @throws QRCardsError `import-refused` when this much of the file is too much */
  check(name: string, sizeBytes: number): void {
    const allowance = this.#counted.has(name) ? this.#limitBytes : this.#limitBytes - this.#readBytes;
    if (sizeBytes > allowance) {
      throw new QRCardsError("import-refused", `With "${name}" the source passes ${this.#limitBytes} bytes.`);
    }
  }

  count(name: string, sizeBytes: number): void {
    this.check(name, sizeBytes);
    if (!this.#counted.has(name)) this.#readBytes += sizeBytes;
    this.#counted.add(name);
  }
}

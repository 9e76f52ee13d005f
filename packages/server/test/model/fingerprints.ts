/**
 * A set of the states that were seen, as 64-bit fingerprints: eight bytes a state, so that millions fit. Two states may share one,
 * and then the second is not explored; among ten million states the chance that any two do is below one in 300,000.
 */
export class Fingerprints {
  #high = new Uint32Array(1 << 16);
  #low = new Uint32Array(1 << 16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns whether it was not there */
  add(written: readonly number[]): boolean {
    const [high, low] = fingerprint(written);
    if (!this.#put(high, low)) return false;
    if (++this.#size > this.#high.length / 2) this.#grow();
    return true;
  }

  #put(high: number, low: number): boolean {
    const mask = this.#high.length - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      if (this.#high[at] === 0 && this.#low[at] === 0) {
        this.#high[at] = high;
        this.#low[at] = low;
        return true;
      }
      if (this.#high[at] === high && this.#low[at] === low) return false;
    }
  }

  #grow(): void {
    const [high, low] = [this.#high, this.#low];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(low.length * 2);
    for (let at = 0; at < high.length; at++) if (high[at] !== 0 || low[at] !== 0) this.#put(high[at]!, low[at]!);
  }
}

/** Two murmur-like hashes side by side. Never both 0, which is an empty place. */
function fingerprint(written: readonly number[]): readonly [number, number] {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (const value of written) {
    high = Math.imul(high ^ value, 0xcc9e2d51);
    high = (high ^ (high >>> 15)) >>> 0;
    low = Math.imul(low + value + 1, 0x1b873593);
    low = (low ^ (low >>> 13)) >>> 0;
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) >>> 0;
  low = Math.imul(low ^ (low >>> 16), 0xc2b2ae35) >>> 0;
  return [high, (low ^ (low >>> 13)) >>> 0 || 1];
}

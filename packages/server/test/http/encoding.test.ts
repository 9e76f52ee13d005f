import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptedEncodings, type Encoding } from "../../src/http/encoding.ts";

describe("acceptedEncodings", () => {
  it.each<[string | undefined, Encoding[]]>([
    [undefined, ["identity"]],
    ["", ["identity"]],
    // Chrome, Firefox, Safari; old ones; curl --compressed; Go; a proxy's spelling
    ["gzip, deflate, br, zstd", ["br", "gzip", "identity"]],
    ["gzip, deflate, br", ["br", "gzip", "identity"]],
    ["gzip, deflate", ["gzip", "identity"]],
    ["deflate, gzip, br, zstd", ["br", "gzip", "identity"]],
    ["gzip", ["gzip", "identity"]],
    ["GZip,BR", ["br", "gzip", "identity"]],
    ["identity", ["identity"]],
    ["deflate", ["identity"]],
    // The examples of RFC 9110 §12.5.3
    ["compress, gzip", ["gzip", "identity"]],
    ["*", ["br", "gzip", "identity"]],
    ["compress;q=0.5, gzip;q=1.0", ["gzip", "identity"]],
    ["gzip;q=1.0, identity; q=0.5, *;q=0", ["gzip", "identity"]],
    // Weights
    ["br;q=0.5, gzip", ["gzip", "br", "identity"]],
    ["br;q=0.001, gzip;q=0", ["br", "identity"]],
    ["br;q=0.8, gzip;q=0.8", ["br", "gzip", "identity"]],
    ["identity, gzip;q=0.5", ["identity", "gzip"]],
    ["gzip;q=0", ["identity"]],
    ["*;q=0", ["identity"]],
    ["identity;q=0", ["identity"]],
    ["identity;q=0, gzip", ["gzip", "identity"]],
    ["*;q=0.5, gzip", ["gzip", "br", "identity"]],
    ["br;q=0, *", ["gzip", "identity"]],
    ["gzip ; Q=0.3\t,\tbr;q=0.2", ["gzip", "br", "identity"]],
    ["x-gzip", ["gzip", "identity"]],
    ["gzip;q=0, gzip", ["identity"]],
    // Malformed members count for nothing
    ["br;q=2, gzip", ["gzip", "identity"]],
    ["br;q=0.1234, gzip", ["gzip", "identity"]],
    ["br;q=-1", ["identity"]],
    ["br;level=3", ["identity"]],
    ["br;q=", ["identity"]],
    ["br gzip", ["identity"]],
    [",,gzip,,", ["gzip", "identity"]],
    ["brotli, gzippy", ["identity"]],
    ["__proto__, constructor", ["identity"]],
  ])("of %j is %j", (field, order) => {
    expect(acceptedEncodings(field)).toEqual(order);
  });

  const weight = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
  const weights = fc.dictionary(fc.constantFrom("br", "gzip", "identity", "*", "deflate", "zstd"), weight, { noNullPrototype: true });
  const asked = fc.record({ weights, spaces: fc.constantFrom(",", ", ", " ,\t") });

  it("never holds a coding that was refused, is sorted by the client's weights, and leaves out none that was asked for", () => {
    fc.assert(
      fc.property(asked, ({ weights, spaces }) => {
        const field = Object.entries(weights)
          .map(([coding, q]) => `${coding};q=${q}`)
          .join(spaces);
        const order = acceptedEncodings(field);
        const weightOf = (coding: string) => weights[coding] ?? weights["*"];
        for (const coding of ["br", "gzip"] as const) expect(order.includes(coding)).toBe((weightOf(coding) ?? 0) > 0);
        expect(order.filter((coding) => coding === "identity")).toHaveLength(1);
        for (const [i, coding] of order.entries()) {
          const next = order[i + 1];
          if (next === undefined) continue;
          if (next === "identity" && !weightOf("identity")) continue;
          expect(weightOf(coding)!).toBeGreaterThanOrEqual(weightOf(next)!);
          if (weightOf(coding) === weightOf(next)) expect(coding < next).toBe(true);
        }
      }),
    );
  });

  it("gives one shared list for what browsers send", () => {
    expect(acceptedEncodings("gzip, deflate, br, zstd")).toBe(acceptedEncodings("gzip, deflate, br"));
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."brgzip*;q=01., \t-") }), (field) => {
        expect(acceptedEncodings(field)).toContain("identity");
      }),
    );
  });
});

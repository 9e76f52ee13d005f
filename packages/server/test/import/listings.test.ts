import { describe, expect, it } from "vitest";
import { expandListings } from "../../src/import/readers/mdbook/listings.ts";

describe("listings of The Rust Programming Language", () => {
  it("become figures with the file's name above and the number and caption below", () => {
    const text =
      '<Listing number="5-1" caption=\'Sending `"hi"` to `Box<T>`\' file-name="src/main.rs">\n\n```rust\n<Listing>\n```\n\n</Listing>\n';
    expect(expandListings(text)).toBe(
      '<figure id="listing-5-1"><span class="filename">Filename: src/main.rs</span>\n\n```rust\n<Listing>\n```\n\n<figcaption>Listing 5-1: Sending <code>&quot;hi&quot;</code> to <code>Box&lt;T&gt;</code></figcaption></figure>\n',
    );
  });

  it("need no number and no caption, may stand in a quote, and may not be closed twice", () => {
    expect(expandListings('> <Listing file-name="a&b.rs">\n>\n> x\n>\n> </Listing>\n</Listing>')).toBe(
      '> <figure><span class="filename">Filename: a&amp;b.rs</span>\n>\n> x\n>\n> </figure>\n</figure>',
    );
  });

  it("keep the number of lines and leave everything else as it is", () => {
    const text = "Use `<Listing>`.\n\n<Listing number=1>\n<listing>\n";
    expect(expandListings(text)).toBe(text);
  });
});

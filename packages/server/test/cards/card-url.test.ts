import { describe, expect, it } from "vitest";
import { cardUrl } from "../../src/cards/card-url.ts";

const CODE = "4Z8KQ2M7";

describe("cardUrl", () => {
  it.each([
    ["https://example.org", "HTTPS://EXAMPLE.ORG/C/4Z8KQ2M7"],
    ["https://example.org/", "HTTPS://EXAMPLE.ORG/C/4Z8KQ2M7"],
    ["https://example.org:443", "HTTPS://EXAMPLE.ORG/C/4Z8KQ2M7"],
    ["http://localhost:3000", "HTTP://LOCALHOST:3000/C/4Z8KQ2M7"],
    ["http://192.168.1.20:8080", "HTTP://192.168.1.20:8080/C/4Z8KQ2M7"],
    ["http://[::1]:3000", "HTTP://[::1]:3000/C/4Z8KQ2M7"],
    ["https://bücher.example", "HTTPS://XN--BCHER-KVA.EXAMPLE/C/4Z8KQ2M7"],
  ])("makes of %s the address %s", (publicUrl, expected) => {
    expect(cardUrl(publicUrl, CODE)).toBe(expected);
  });

  it.each([
    "https://example.org/books",
    "https://example.org/?a",
    "https://example.org/#a",
    "https://user:word@example.org",
    "ftp://example.org",
    "example.org",
    "",
  ])("refuses to print cards for %j", (publicUrl) => {
    expect(() => cardUrl(publicUrl, CODE)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});

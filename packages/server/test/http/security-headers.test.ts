import { validateHeaderValue } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assetHeaders, htmlHeaders, jsonHeaders } from "../../src/http/security-headers.ts";

const CSP = "default-src 'none'";

describe("every kind of answer", () => {
  it("forbids guessing its type, and names a policy and a type", () => {
    for (const headers of [
      htmlHeaders(CSP),
      jsonHeaders(),
      jsonHeaders("application/problem+json"),
      assetHeaders({ mediaType: "image/png" }),
    ]) {
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "content-security-policy": expect.stringContaining("default-src 'none'"),
        "content-type": expect.any(String),
        "referrer-policy": expect.any(String),
      });
    }
  });
});

describe("a page", () => {
  it("carries its own policy, keeps other sites' windows away and uses no device", () => {
    expect(htmlHeaders(CSP)).toEqual({
      "x-content-type-options": "nosniff",
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": CSP,
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": expect.stringMatching(/camera=\(\).*geolocation=\(\)/),
    });
  });
});

describe("an asset", () => {
  it("is never more than a picture: no scripts, nothing loaded, an origin of its own", () => {
    for (const mediaType of ["image/svg+xml", "image/png", "application/pdf", "text/html"]) {
      const policy = assetHeaders({ mediaType })["content-security-policy"]!;
      expect(policy).toMatch(/(^|; )sandbox($|;)/);
      expect(policy).not.toMatch(/script-src|connect-src|allow-/);
    }
  });

  it.each([
    ["image/png", "inline"],
    ["image/jpeg", "inline"],
    ["image/gif", "inline"],
    ["image/webp", "inline"],
    ["image/avif", "inline"],
    ["image/svg+xml", "inline"],
    ["text/html", "attachment"],
    ["application/xhtml+xml", "attachment"],
    ["text/xml", "attachment"],
    ["text/plain", "attachment"],
    ["application/pdf", "attachment"],
    ["application/octet-stream", "attachment"],
  ])("of type %s is sent %s", (mediaType, disposition) => {
    expect(assetHeaders({ mediaType })["content-disposition"]).toBe(disposition);
  });

  it.each([
    ["map.png", 'inline; filename="map.png"'],
    ["the map.png", 'inline; filename="the map.png"'],
    ["Plan für alle.png", "inline; filename=\"Plan f_r alle.png\"; filename*=UTF-8''Plan%20f%C3%BCr%20alle.png"],
    ["🗺.png", "inline; filename=\"_.png\"; filename*=UTF-8''%F0%9F%97%BA.png"],
    ['a"b.png', "inline; filename=\"a_b.png\"; filename*=UTF-8''a%22b.png"],
    ["50%20.png", "inline; filename=\"50_20.png\"; filename*=UTF-8''50%2520.png"],
    ["../../etc/passwd", 'inline; filename=".._.._etc_passwd"'],
    ["a\r\nSet-Cookie: b.png", 'inline; filename="a__Set-Cookie: b.png"'],
  ])("named %j is saved as %s", (name, disposition) => {
    expect(assetHeaders({ mediaType: "image/png", name })["content-disposition"]).toBe(disposition);
  });

  it("has a valid header whatever its name, and gives the name back without path separators and controls", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        const value = assetHeaders({ mediaType: "image/png", name })["content-disposition"]!;
        validateHeaderValue("content-disposition", value);
        const exact = /filename\*=UTF-8''([!#$&+.^_`|~\w%-]*)$/.exec(value)?.[1];
        const plain = /filename="([^"\\]*)"/.exec(value)?.[1];
        const saved = exact === undefined ? plain : decodeURIComponent(exact);
        expect(saved).toBe(name.toWellFormed().replace(/[\p{Cc}/\\]/gu, "_"));
      }),
    );
  });
});

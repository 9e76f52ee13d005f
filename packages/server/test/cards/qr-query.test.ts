import { describe, expect, it } from "vitest";
import { parseQrQuery } from "../../src/cards/qr-query.ts";

describe("parseQrQuery", () => {
  it.each([
    ["", {}],
    ["?", {}],
    ["?size=512", { sizePx: 512 }],
    ["?level=H&size=4096", { level: "H", sizePx: 4096 }],
    ["?fg=1a2B6c&bg=%23ffffff", { foreground: "#1a2B6c", background: "#ffffff" }],
  ])("reads %j", (query, options) => {
    expect(parseQrQuery(query)).toEqual(options);
  });

  it.each([
    ["?size=0", /size/],
    ["?size=4097", /up to 4096/],
    ["?size=-5", /size/],
    ["?size=1e3", /size/],
    ["?size=0x20", /size/],
    ["?size=1.5", /size/],
    ["?size=%20512", /size/],
    ["?size=", /size/],
    ["?size", /size/],
    ["?size=512&size=256", /twice/],
    ["?level=L", /M, Q, H/],
    ["?level=q", /M, Q, H/],
    ["?fg=red", /fg/],
    ["?bg=fff", /bg/],
    ["?colour=fff", /Unknown parameter "colour"/],
    ["?__proto__=1", /Unknown parameter/],
    ["?toString=1", /Unknown parameter/],
    ["?Size=512", /Unknown parameter/],
  ])("refuses %j and says why", (query, message) => {
    expect(() => parseQrQuery(query)).toThrow(expect.objectContaining({ code: "bad-request", message: expect.stringMatching(message) }));
  });
});

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectNoAxeViolations, hasBrowser, launchBrowser } from "./browser.ts";

describe.skipIf(!hasBrowser())("axe in a browser, on pages that forbid all scripts", () => {
  let browser: Browser;
  let server: Server;
  let address: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const image = request.url === "/faulty" ? '<img src="x.png">' : "";
      response.writeHead(200, { "content-type": "text/html", "content-security-policy": "default-src 'none'" });
      response.end(`<!doctype html><html lang="en"><title>A page</title><body><main><h1>A page</h1>${image}</main></body></html>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test("a sound page passes", async () => {
    const page = await browser.newPage();
    await page.goto(`${address}/sound`);
    await expectNoAxeViolations(page);
  });

  test("a fault is found and named", async () => {
    const page = await browser.newPage();
    await page.goto(`${address}/faulty`);
    await expect(expectNoAxeViolations(page)).rejects.toThrow("image-alt");
  });
});

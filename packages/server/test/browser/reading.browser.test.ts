import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { scanWithZxing } from "../cards/zxing.ts";
import { hasBrowser } from "../support/browser.ts";
import { BOOK, DELETED, DESKTOP, MUSEUM, PHONE, PRINCIPLES, pathsOf, RENAMED, useDemoSite } from "./demo-site.ts";

/** A click or a tap is over before its page is there. */
const arrive = (page: Page, path: string) => page.waitForURL((url) => url.pathname === path);

describe.skipIf(!hasBrowser())("a reader", () => {
  const demo = useDemoSite();

  test("goes from the library through the contents to a page, and back by the breadcrumbs", async () => {
    const { page, go, close } = await demo.open();
    await go("/");
    await page.getByRole("link", { name: "BCBS 239: The Book" }).click();
    const contents = page.getByRole("main").getByRole("navigation", { name: "Contents" });
    await contents.getByRole("link", { name: /^Chapter 1: Understanding/ }).click();
    await contents.getByRole("link", { name: /^What is BCBS 239/ }).click();
    await contents.getByRole("link", { name: "The principles at a glance" }).click();
    await arrive(page, PRINCIPLES);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("The principles at a glance");
    expect(await page.title()).toBe("The principles at a glance · BCBS 239: The Book");

    const trail = page.getByRole("navigation", { name: "You are here" });
    expect(await trail.getByRole("link").allTextContents()).toEqual([
      "Library",
      "BCBS 239: The Book",
      "Chapter 1: Understanding BCBS 239",
      "What is BCBS 239?",
    ]);
    await trail.getByRole("link", { name: "Chapter 1" }).click();
    await arrive(page, `${BOOK}/chapter-1`);
    await trail.getByRole("link", { name: "Library" }).click();
    await arrive(page, "/");
    await close();
  });

  test("turns every page of a chapter in reading order, and the first ones back", async () => {
    const { page, go, close } = await demo.open();
    const paths = (await pathsOf(demo.site, BOOK.slice(1))).filter((path) => path.startsWith(`${BOOK}/chapter-1`));
    expect(paths.length).toBeGreaterThan(15);
    const turn = page.getByRole("navigation", { name: "Previous and next page" });
    await go(paths[0]!);
    for (const path of paths.slice(1)) {
      await turn.getByRole("link", { name: /^Next/ }).click();
      await arrive(page, path);
    }
    await go(paths[2]!);
    for (const path of [paths[1]!, paths[0]!, BOOK]) {
      await turn.getByRole("link", { name: /^Previous/ }).click();
      await arrive(page, path);
    }
    expect(await turn.getByRole("link", { name: /^Previous/ }).count()).toBe(0);
    await close();
  });

  test("opens the page's contents and jumps to a heading", async () => {
    const { page, go, close } = await demo.open();
    await go(PRINCIPLES);
    await page.getByText("On this page").first().click();
    await page.getByRole("link", { name: "A test you can do today" }).first().click();
    expect(new URL(page.url()).hash).toBe("#a-test-you-can-do-today");
    const heading = page.getByRole("heading", { name: "A test you can do today" });
    await expect.poll(async () => (await heading.boundingBox())!.y, { timeout: 5_000 }).toBeLessThan(DESKTOP.viewport.height);
    await close();
  });

  test("reaches the whole trip from a phone's page by one jump", async () => {
    const { page, go, close } = await demo.open(PHONE);
    await go(PRINCIPLES);
    await page.getByRole("link", { name: "Contents" }).tap();
    const outline = page.getByRole("navigation", { name: "BCBS 239: The Book" });
    await expect.poll(async () => (await outline.boundingBox())!.y, { timeout: 5_000 }).toBeLessThan(PHONE.viewport.height);
    expect(await outline.locator("[aria-current=page]").textContent()).toBe("The principles at a glance");
    await outline.getByRole("link", { name: "Chapter 4: Data you can trust" }).tap();
    await arrive(page, `${BOOK}/chapter-4`);
    await close();
  });

  test("skips to the text with the keyboard", async () => {
    const { page, go, close } = await demo.open();
    await go(PRINCIPLES);
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Skip to the text");
    await page.keyboard.press("Enter");
    expect(await page.locator(":focus").getAttribute("id")).toBe("-text");
    await close();
  });

  test("scans a card and lands on its page", async () => {
    const { page, go, close } = await demo.open(PHONE);
    const { body } = await demo.site.get(`${PRINCIPLES}.qr.png`);
    const { pathname } = new URL((await scanWithZxing(body))[0]!.text);
    await go(pathname);
    await arrive(page, PRINCIPLES);
    await go(`${pathname}+`);
    await page.getByRole("link", { name: "Open the page" }).tap();
    await arrive(page, PRINCIPLES);
    await close();
  });

  test("of an old address lands on the new one", async () => {
    const { page, go, close } = await demo.open();
    await go(`${RENAMED.before}?from=print`);
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(`${RENAMED.now}?from=print`);
    await close();
  });

  test("of a mistyped address is helped on", async () => {
    const { page, go, close } = await demo.open(PHONE);
    await go(PRINCIPLES.replace("principles", "principels"), 404);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("There is no page at this address");
    await page.getByRole("link", { name: "The principles at a glance" }).tap();
    await arrive(page, PRINCIPLES);
    await close();
  });

  test("of a deleted page learns what it was, and goes on from there", async () => {
    const { page, go, close } = await demo.open(PHONE);
    await go(DELETED, 410);
    expect(await page.getByRole("main").textContent()).toContain("It was called The three lines and was part of BCBS 239: The Book.");
    await page.getByRole("navigation", { name: "The nearest page that exists" }).getByRole("link").tap();
    await arrive(page, `${BOOK}/chapter-3/roles`);
    await close();
  });

  test("needs no script", async () => {
    const { page, go, close } = await demo.open({ ...PHONE, javaScriptEnabled: false });
    await go("/");
    await page.getByRole("link", { name: "BCBS 239: The Book" }).tap();
    await arrive(page, BOOK);
    await page.getByRole("link", { name: "Contents" }).tap();
    await page
      .getByRole("navigation", { name: "BCBS 239: The Book" })
      .getByRole("link", { name: /^Chapter 2/ })
      .tap();
    await arrive(page, `${BOOK}/chapter-2`);
    await page.getByRole("link", { name: /^Next/ }).tap();
    await arrive(page, `${BOOK}/chapter-2/governance-and-infrastructure`);
    await go(PRINCIPLES);
    await page.getByText("On this page").first().tap();
    expect(await page.locator("details[open]").count()).toBe(1);
    await close();
  });

  test("of a right-to-left trip finds its line at the right, and the next page at the left", async () => {
    const { page, go, close } = await demo.open(DESKTOP);
    await go(`${MUSEUM}/ground`);
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
    const box = async (selector: string) => (await page.locator(selector).boundingBox())!;
    expect((await box(".outline")).x).toBeGreaterThan((await box("main")).x);
    expect((await box(".turn .next")).x).toBeLessThan((await box(".turn .prev")).x);
    // Code stays as it is read everywhere.
    expect(await page.locator("pre").evaluate((code) => getComputedStyle(code).direction)).toBe("ltr");
    await page
      .getByRole("link", { name: /إناء الفخار/ })
      .first()
      .click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("إناء الفخار");
    await close();
  });

  test("takes in less than 30 KB for a text page with everything it needs", async () => {
    const path = `${BOOK}/chapter-1/what-is-bcbs-239/key-terms`;
    await demo.site.get(path);
    await expect.poll(async () => (await demo.site.get(path, { "accept-encoding": "br" })).headers["content-encoding"]).toBe("br");
    const { page, go, close } = await demo.open(PHONE);
    const network = await page.context().newCDPSession(page);
    let bytes = 0;
    network.on("Network.loadingFinished", ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await network.send("Network.enable");
    await go(path);
    await page.waitForLoadState("networkidle");
    expect(bytes).toBeGreaterThan(2_000);
    expect(bytes).toBeLessThan(30_000);
    await close();
  });
});

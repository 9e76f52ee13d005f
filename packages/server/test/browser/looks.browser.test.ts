import { beforeAll, describe, expect, test } from "vitest";
import { expectNoAxeViolations, hasBrowser } from "../support/browser.ts";
import { BOOK, DELETED, DESKTOP, MUSEUM, PHONE, PRINCIPLES, RENAMED, useDemoSite } from "./demo-site.ts";

/** One page of each kind, and what it answers. */
const PAGES: [string, string, number?][] = [
  ["the library", "/"],
  ["a trip's first page", BOOK],
  ["a chapter", `${BOOK}/chapter-3`],
  ["a page with an image, a wide table, a callout and tasks", PRINCIPLES],
  ["a page with code and quotations", `${BOOK}/chapter-6/worked-example/the-evening`],
  ["a page with tables that scroll", `${BOOK}/chapter-3/checking-yourself/self-assessment-scoring`],
  ["a page with footnotes", `${BOOK}/chapter-1/what-is-bcbs-239`],
  ["a right-to-left trip's first page", MUSEUM],
  ["a right-to-left page", `${MUSEUM}/ground`],
  ["404", `${PRINCIPLES}s`, 404],
  ["410", DELETED, 410],
  ["a card's preview", "card"],
  ["a misread card", "/c/ABCDEFGH", 404],
  ["an address that cannot be read", "/%zz", 400],
];

const WIDTHS = [320, 390, 1280];

describe.skipIf(!hasBrowser())("every kind of page", () => {
  const demo = useDemoSite();
  let card: string;

  beforeAll(async () => {
    const { id } = JSON.parse((await demo.site.get(`${RENAMED.now}.json`)).text);
    card = `/c/${(await demo.site.services.cards.cardOf(id)).code}+`;
  });

  describe.each([
    ["on a phone", PHONE],
    ["on a desk", DESKTOP],
  ] as const)("%s", (_where, device) => {
    test.each(["light", "dark"] as const)("in %s colours has nothing that axe finds fault with", async (colorScheme) => {
      const { page, go, close } = await demo.open({ ...device, colorScheme });
      for (const [, path, status] of PAGES) {
        await go(path === "card" ? card : path, status);
        await expectNoAxeViolations(page);
      }
      await close();
    });
  });

  test("fits any width: no line of it leads out of the window", async () => {
    const { page, go, close } = await demo.open();
    for (const [, path, status] of PAGES) {
      await go(path === "card" ? card : path, status);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect({ path, width, excess }).toEqual({ path, width, excess: 0 });
      }
    }
    await close();
  });

  test("has its text in view without scrolling, on the smallest phone", async () => {
    const { page, go, close } = await demo.open({ ...PHONE, viewport: { width: 320, height: 568 } });
    for (const [, path, status] of PAGES) {
      await go(path === "card" ? card : path, status);
      const { y, height } = (await page.getByRole("heading", { level: 1 }).boundingBox())!;
      expect({ path, bottom: y + height < 400 }).toEqual({ path, bottom: true });
    }
    await close();
  });

  test("follows the reader's colours", async () => {
    const { page, go, close } = await demo.open({ ...PHONE, colorScheme: "dark" });
    await go(PRINCIPLES);
    const lightness = () => page.evaluate(() => Number(/rgb\((\d+)/.exec(getComputedStyle(document.body).backgroundColor)![1]) + 0);
    expect(await lightness()).toBeLessThan(60);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await lightness()).toBeGreaterThan(200);
    await close();
  });

  test("is on paper its text and its address, in black on white", async () => {
    const { page, go, close } = await demo.open({ ...DESKTOP, colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await go(PRINCIPLES);
    for (const selector of [".top", ".outline", ".turn", ".views a", ".skip"])
      expect({ selector, visible: await page.locator(selector).first().isVisible() }).toEqual({ selector, visible: false });
    expect(await page.locator(".address").textContent()).toBe(`https://cards.example.org${PRINCIPLES}`);
    expect(await page.locator(".address").isVisible()).toBe(true);
    expect(await page.locator("article table").isVisible()).toBe(true);
    const { ink, paper } = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      return { ink: color, paper: backgroundColor };
    });
    expect({ ink, paper }).toEqual({ ink: "rgb(0, 0, 0)", paper: "rgb(255, 255, 255)" });
    await close();
  });
});

import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { readPlan } from "../../src/import/read-plan.ts";
import { openSource } from "../../src/import/source-tree.ts";
import { applyPlan } from "../../src/trips/apply-plan.ts";
import { deleteNode, editNode } from "../../src/trips/edits.ts";
import { findTrip } from "../../src/trips/repository.ts";
import { edit, plantTrip } from "../delivery/plant-trip.ts";
import { type TestSite, useSite } from "../delivery/test-site.ts";
import { launchBrowser } from "../support/browser.ts";
import { useSqlite } from "../support/databases.ts";

export const BOOK = "/bcbs-239-the-book";
/** Its title, its text and both the pages around it are the demo trip's own. */
export const PRINCIPLES = `${BOOK}/chapter-1/what-is-bcbs-239/principles`;
export const RENAMED = { before: `${BOOK}/chapter-3/roles/data-ownership`, now: `${BOOK}/chapter-3/roles/who-owns-data` };
export const DELETED = `${BOOK}/chapter-3/roles/three-lines`;
export const MUSEUM = "/museum";

const DEMO_TRIP = fileURLToPath(new URL("../../../../examples/bcbs-239-the-book", import.meta.url));

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
export const DESKTOP = { viewport: { width: 1280, height: 900 } } as const;

export interface DemoSite {
  readonly site: TestSite;
  readonly browser: Browser;
  /** A page in a profile of its own. It is closed, and held against what no page may do, when the test ends. */
  open(options?: BrowserContextOptions): Promise<Visit>;
}

export interface Visit {
  readonly page: Page;
  /** Goes to a path, and expects that status. */
  go(path: string, status?: number): Promise<void>;
  /** Expects that nothing was asked of another host, and that the browser complained of nothing. */
  close(): Promise<void>;
}

/** A server with the demo trip, imported as `npm start` does, and a short one in Arabic; and a browser. */
export function useDemoSite(): DemoSite {
  const site = useSite(useSqlite());
  let browser: Browser | undefined;

  beforeAll(async () => {
    const source = await openSource(DEMO_TRIP);
    await applyPlan(site.services.trips, await readPlan(source, { slug: BOOK.slice(1) }));
    await source.close();
    await rename(site, RENAMED.before, RENAMED.now);
    const deleted = await idOf(site, DELETED);
    await edit(site.services, (trx, at) => deleteNode(trx, deleted, {}, at));
    await plantMuseum(site);
    browser = await launchBrowser();
  });
  afterAll(async () => browser?.close());

  return {
    site,
    get browser() {
      return browser!;
    },
    open: (options) => open(site, browser!, options),
  };
}

async function rename(site: TestSite, before: string, now: string): Promise<void> {
  const id = await idOf(site, before);
  await edit(site.services, (trx, at) => editNode(trx, id, { slug: now.split("/").at(-1)! }, at));
}

async function idOf(site: TestSite, path: string): Promise<string> {
  return JSON.parse((await site.get(`${path}.json`)).text).id;
}

async function plantMuseum(site: TestSite): Promise<void> {
  await plantTrip(site.services, {
    title: "دليل المتحف",
    slug: MUSEUM.slice(1),
    language: "ar",
    direction: "rtl",
    body: "مرحبًا بكم في المتحف.\n\n> [!NOTE]\n> المتحف مغلق يوم الاثنين.",
    children: [
      {
        title: "الطابق الأرضي",
        slug: "ground",
        body: [
          "فيه ثلاث قاعات.[^1]",
          "## القاعة الأولى\n\nفيها **أوانٍ** و`code`.\n\n- [x] إناء كبير\n- [ ] إناء صغير",
          "## القاعة الثانية\n\n| القطعة | السنة |\n|---|---:|\n| تمثال | 1200 |",
          "## القاعة الثالثة\n\n```js\nconst year = 1200; // left to right\n```\n\n> اقتباس قصير.",
          "[^1]: حاشية.",
        ].join("\n\n"),
        children: [{ title: "إناء الفخار" }, { title: "تمثال الكاتب" }],
      },
      { title: "الطابق الأول" },
    ],
  });
}

async function open(site: TestSite, browser: Browser, options: BrowserContextOptions = DESKTOP): Promise<Visit> {
  const origin = `http://127.0.0.1:${site.port}`;
  const context = await browser.newContext({ ...options, baseURL: origin });
  const page = await context.newPage();
  const complaints: string[] = [];
  let expected = 200;
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked of another host: ${request.url()}`);
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // Left before it was there.
    if (why !== "net::ERR_ABORTED") complaints.push(`${why}: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && response.status() !== expected) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("console", (message) => {
    // The browser's own line about the page's status, which the test expects.
    if (!message.text().includes(`status of ${expected} `)) complaints.push(`${message.type()}: ${message.text()}`);
  });
  return {
    page,
    async go(path, status = 200) {
      expected = status;
      const response = await page.goto(path);
      expect({ path, status: response?.status() }).toEqual({ path, status });
    },
    async close() {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}

/** The trip's pages in reading order, as the sitemap lists them. */
export async function pathsOf(site: TestSite, slug: string): Promise<string[]> {
  const trip = await findTrip(site.services.database.db, slug);
  const { text } = await site.get(`/-/sitemap/${trip!.id}.xml`);
  return [...text.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, url]) => new URL(url!).pathname);
}

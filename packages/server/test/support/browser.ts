import axe, { type AxeResults } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect, inject } from "vitest";

/** False where the machine has no Chromium: `describe.skipIf(!hasBrowser())`. */
export function hasBrowser(): boolean {
  return inject("chromiumPath") !== undefined;
}

/**
 * Starts a headless Chromium with a new profile, which `close()` deletes. It speaks to this machine only: what a browser
 * fetches in the background is switched off.
 */
export function launchBrowser(): Promise<Browser> {
  const executablePath = inject("chromiumPath");
  if (executablePath === undefined) throw new Error("Chromium is not here. Skip such tests with `describe.skipIf(!hasBrowser())`.");
  return chromium.launch({
    executablePath,
    headless: true,
    // The sandbox needs rights that root in a container lacks, and only pages of ours are opened.
    chromiumSandbox: false,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** WCAG 2.2 up to AA, and axe's own advice. Named, because some rules of 2.2 run only when they are asked for. */
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Expects that axe finds no violation in the page as it is now. A strict Content-Security-Policy does not hinder it. */
export async function expectNoAxeViolations(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const options = { runOnly: AXE_TAGS, resultTypes: ["violations"] };
  const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResults;
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} at ${node.target.join(" ")}: ${node.html}`),
  );
  if (found.length > 0) expect.fail(`axe on ${page.url()} found:\n${found.join("\n")}`);
}

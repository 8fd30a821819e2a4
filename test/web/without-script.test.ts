/** Browsers that cannot run the page: it says what it needs instead of staying empty. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { startServer } from "../client/places.ts";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";

allowForStarts();
suiteUnless(NO_CHROMIUM, "web: a browser that cannot run it", () => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    url = `${(await startServer()).url}/`;
    browser = await launch();
  });
  afterAll(() => browser?.close());

  test("with script off the page says that it needs it", async () => {
    // Playwright's own switch comes too late for the parser, which then takes no notice of <noscript>.
    const strict = await launch("--blink-settings=scriptEnabled=false");
    try {
      const page = await strict.newPage();
      await page.goto(url);
      // Locators run script, too; what a screen reader is told does not.
      const cdp = await page.context().newCDPSession(page);
      const { nodes } = await cdp.send("Accessibility.getFullAXTree");
      const said = nodes.map(({ name }) => String(name?.value)).join("\n");
      expect(said).toContain("Polyge needs JavaScript.");
      expect(said).toContain("Polyge 需要 JavaScript。");
    } finally {
      await strict.close();
    }
  });

  test("where the script does not start, for its syntax or for a lost connection, the page names the browsers that it needs", async () => {
    for (const body of ["let a = %;", undefined]) {
      const page = await browser.newPage();
      await page.route(/app\.js/, (route) =>
        body === undefined ? route.abort() : route.fulfill({ body, contentType: "text/javascript" }),
      );
      await page.goto(url);
      await page.getByText("could not start in this browser").waitFor();
      await page.getByText("无法在此浏览器中启动").waitFor();
      await page.close();
    }
  });

  test("where it starts, the page says nothing of the kind", async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.waitForLoadState("load");
    expect(await page.getByText("could not start").isVisible()).toBe(false);
  });
});

/** The scenarios in a page of Chromium. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";
import { bundle } from "./bundle.ts";
import { openPlaces } from "./places.ts";
import { SCENARIOS } from "./scenarios/all.ts";

allowForStarts();
suiteUnless(NO_CHROMIUM, "sdk in Chromium", () => {
  let places: Awaited<ReturnType<typeof openPlaces>>;
  let site: ReturnType<typeof Bun.serve>;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    places = await openPlaces();
    const script = await bundle(`${import.meta.dir}/runners/browser.ts`, "browser");
    site = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      routes: {
        "/": () => new Response("<!doctype html><script type=module src=/s.js></script>", { headers: HTML }),
        "/s.js": () => new Response(script, { headers: { "Content-Type": "text/javascript" } }),
      },
    });
    browser = await launch();
    page = await browser.newPage();
    await page.goto(site.url.href);
    await page.waitForFunction("'runScenario' in globalThis");
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site.stop(true);
    await places[Symbol.asyncDispose]();
  });

  test.each(SCENARIOS.map(({ name }) => name))("%s", async (name) => {
    const run = `runScenario(${JSON.stringify(name)}, ${JSON.stringify(places)}).then((wrong) => wrong ?? null)`;
    expect(await page.evaluate<string | null>(run)).toBeNull();
  });
});

const HTML = { "Content-Type": "text/html" };

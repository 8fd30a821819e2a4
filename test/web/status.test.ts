import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { figuresOf, scrapeOf, stateOf } from "../../src/web/status/figures.ts";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts, METRICS_TOKEN, sharedService } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";
import { wrongOn } from "./axe.ts";
import { Visitor } from "./visitor.ts";

allowForStarts();

const frames = (worker: number, sent: number) => `polyge_frames_total{worker="${worker}",outcome="sent"} ${sent}`;

test("a rate goes on over a worker that was started anew, and over one that is missing for once", () => {
  const before = scrapeOf([frames(1, 1000), frames(2, 500), frames(3, 7)].join("\n"), 0);
  const after = scrapeOf([frames(1, 1100), frames(2, 20), frames(4, 900)].join("\n"), 2000);
  expect(figuresOf(after, before).messages).toBe(60);
  expect(figuresOf(after, undefined).messages).toBeUndefined();
});

test("of several workers the least well decides what is well, and mailboxes are not counted twice", () => {
  const text = [1, 2].map((n) => `polyge_database_up{worker="${n}"} ${n - 1}\npolyge_mailbox_frames{worker="${n}"} 5`);
  const scrape = scrapeOf(text.join("\n"), 0);
  expect(stateOf(scrape)).toMatchObject({ database: false, storing: true, broker: undefined });
  expect(figuresOf(scrape, undefined).mailFrames).toBe(5);
});

suiteUnless(NO_CHROMIUM, "the operator's page", () => {
  const stage = stageOn("pglite");
  let browser: Browser;
  let port: number;
  beforeAll(async () => {
    browser = await launch();
    ({ port } = (await sharedService("pglite")).service);
  }, 60_000);
  afterAll(() => browser?.close());

  test("asks for the token, keeps it for the tab, shows what happens, and says when it is old", async () => {
    const visitor = await Visitor.come(browser, port, "operator");
    const { page } = visitor;
    await page.goto(`${visitor.url}status`);
    await page.getByLabel("Metrics token").fill("wrong");
    expect(await wrongOn(visitor)).toEqual([]);
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("alert").filter({ hasText: "does not know this token" }).waitFor();
    await page.getByLabel("Metrics token").fill(METRICS_TOKEN);
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("status").filter({ hasText: "Live" }).waitFor();

    const [ana, ben] = [await stage.peer(), await stage.peer({ v2: true })];
    // Between two scrapes: the page reckons a rate from them.
    for (let i = 0; i < 50; i++) ana.send(ben.uid, { data: "hello" });
    await ben.frames(50);
    await page.getByRole("img", { name: /^Messages a second: accepted [1-9]/ }).waitFor();
    await page.getByRole("img", { name: /^Sockets: sockets [2-9]/ }).waitFor();
    await page.getByRole("img", { name: /^Until delivered: half within \S+ (?:µs|ms)/ }).waitFor();
    expect(await page.locator(".facts").textContent()).toContain("Database");
    expect(await wrongOn(visitor)).toEqual([]);

    await page.reload();
    await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
    await visitor.disconnect();
    await page.getByRole("status").filter({ hasText: "what you see is old" }).waitFor();
    await visitor.reconnect(port);
    await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
    await page.getByRole("button", { name: "Forget the token" }).click();
    await page.getByLabel("Metrics token").waitFor();
    expect(visitor.faults).toEqual([]);
    await visitor.leave();
  }, 60_000);

  test("speaks Chinese to whoever reads it, and fits a phone", async () => {
    const visitor = await Visitor.come(browser, port, "operator", {
      locale: "zh-CN",
      viewport: { width: 390, height: 844 },
    });
    const { page } = visitor;
    await page.goto(`${visitor.url}status`);
    await page.getByLabel("指标令牌").fill(METRICS_TOKEN);
    await page.getByRole("button", { name: "显示" }).click();
    await page.getByRole("img", { name: /^每秒消息/ }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(visitor.faults).toEqual([]);
    await visitor.leave();
  }, 60_000);
});

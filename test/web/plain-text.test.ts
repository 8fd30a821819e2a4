/** Names and messages that are made to break the page. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { Polyge, type Session } from "../../src/client/index.ts";
import { startServer } from "../client/places.ts";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { unique } from "../support/client.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";
import { Visitor } from "./visitor.ts";

const SCRIPT = "<script>globalThis.broken=1</script>";
const MESSAGES = [
  `${SCRIPT}<img src=x onerror="globalThis.broken=1">`,
  "<b>bold</b> &amp; &lt;i&gt; [link](javascript:alert(1)) {{1+1}}",
  "javascript:globalThis.broken=1",
  "w".repeat(5000),
  "漢".repeat(3000),
  "‮gnp.exe‬ \u0007 \ud83d\ude00 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
  "line one\nline two\n\n\nline six",
];

allowForStarts();
suiteUnless(NO_CHROMIUM, "web: markup, script and very long words", () => {
  let browser: Browser;
  let visitor: Visitor;
  let villain: Session;
  let server: Polyge;
  beforeAll(async () => {
    const service = await startServer();
    server = new Polyge(service.url);
    browser = await launch();
    visitor = await Visitor.come(browser, service.port, "reader", { viewport: { width: 390, height: 800 } });
  });
  afterAll(async () => {
    await visitor?.leave();
    await browser?.close();
  });

  test("are text, run nothing and push nothing out of the page", async () => {
    const person = { pwd: "correct horse", gender: 1, language: 1, user_type: 2 } as const;
    const uname = `<b>${unique("x")}</b>`;
    villain = await server.register({
      ...person,
      uname,
      occup: SCRIPT,
      description: "d".repeat(500),
      interest: SCRIPT,
    });
    const reader = await server.register({ ...person, uname: unique(), occup: "reader" });
    const sender = await server.connect(villain);
    for (const text of MESSAGES) await sender.send(reader.uid, text).stored;
    sender.close();

    await visitor.enter(reader);
    const { page } = visitor;
    const wide = () => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    await page.getByText(uname).first().waitFor();
    expect(await wide()).toBeLessThanOrEqual(0);
    await page.getByText(uname).first().click();
    await visitor.message("line six").waitFor();
    const shown = await page.locator(".message .text").evaluateAll((all) => all.map((each) => each.textContent));
    expect(shown).toEqual(MESSAGES);
    expect(await wide()).toBeLessThanOrEqual(0);
    for (const box of await page.locator(".message .bubble").all()) {
      expect((await box.boundingBox())!.width).toBeLessThan(390);
    }
    await page.goto(`${visitor.url}#/user/${villain.uid}`);
    await page.getByRole("heading", { name: uname }).waitFor();
    await page.getByText(SCRIPT).first().waitFor();
    expect(await wide()).toBeLessThanOrEqual(0);
    expect(await page.evaluate("globalThis.broken")).toBeUndefined();
    expect(visitor.faults).toEqual([]);
  });
});

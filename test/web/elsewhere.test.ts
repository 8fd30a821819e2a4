/** The same user in two tabs, and looking elsewhere. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { type Connection, Polyge, type Session } from "../../src/client/index.ts";
import { startServer } from "../client/places.ts";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { unique } from "../support/client.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";
import { Visitor } from "./visitor.ts";

/** Writes down what the page would have the system show. */
const RECORDER = `globalThis.Notification = class {
  static permission = "granted";
  static requestPermission = async () => "granted";
  static shown = [];
  constructor(title, { body }) { Notification.shown.push([title, body]); }
  close() {}
}`;

allowForStarts();
suiteUnless(NO_CHROMIUM, "web: elsewhere", () => {
  let browser: Browser;
  let visitor: Visitor;
  let server: Polyge;
  let reader: Session;
  let writer: Connection;
  const writerName = unique("w");
  beforeAll(async () => {
    const service = await startServer();
    server = new Polyge(service.url);
    browser = await launch();
    const person = { pwd: "correct horse", gender: 1, language: 1, occup: "cook", user_type: 2 } as const;
    reader = await server.register({ ...person, uname: unique() });
    writer = await server.connect(await server.register({ ...person, uname: writerName }));
    writer.onMessage(() => {});
    visitor = await Visitor.come(browser, service.port, "reader");
    await visitor.context.addInitScript(RECORDER);
  });
  afterAll(async () => {
    writer?.close();
    await visitor?.leave();
    await browser?.close();
  });

  test("who asked for it is notified of what comes while looking elsewhere", async () => {
    const { page } = visitor;
    await visitor.enter(reader, "me");
    await page.getByRole("radio", { name: "On" }).check();
    await writer.send(reader.uid, "are you there?").delivered;
    await page.getByText("1 unread").waitFor();
    const shown = await page.evaluate("Notification.shown");
    expect(shown).toEqual([[writerName, "are you there?"]]);
    expect(await page.title()).toStartWith("(1) ");
  });

  test("what one tab sends the other shows, and logging out in one logs out the other", async () => {
    const { page } = visitor;
    await page.goto(`${visitor.url}#/talk/${writer.uid}`);
    await visitor.message("are you there?").waitFor();
    const other = await visitor.context.newPage();
    await other.goto(`${visitor.url}#/talk/${writer.uid}`);
    await other.getByText("are you there?").last().waitFor();
    await other.getByRole("textbox", { name: /^Write a message/ }).fill("from the other tab");
    await other.getByRole("textbox", { name: /^Write a message/ }).press("Enter");
    await visitor.message("from the other tab").waitFor();
    expect(await visitor.texts()).toEqual(["are you there?", "from the other tab"]);
    await other.goto(`${visitor.url}#/me`);
    await other.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    expect(visitor.faults).toEqual([]);
  });
});

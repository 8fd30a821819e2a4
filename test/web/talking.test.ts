/** Two people, each in a browser, and a real server between them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { Service } from "../../src/service.ts";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts, place, start } from "../support/services.ts";
import { Visitor } from "./visitor.ts";

allowForStarts();
suiteUnless(NO_CHROMIUM, "web: two people", () => {
  let settings: Record<string, string>;
  let service: Service;
  let browser: Browser;
  let ana: Visitor;
  let ben: Visitor;
  beforeAll(async () => {
    settings = { ...(await place("pglite")), LOG_LEVEL: "silent" };
    [{ service }, browser] = await Promise.all([start(settings), launch()]);
    [ana, ben] = await Promise.all([
      Visitor.come(browser, service.port, "Ana"),
      Visitor.come(browser, service.port, "Ben"),
    ]);
  });
  afterAll(async () => {
    await Promise.all([ana?.leave(), ben?.leave()]);
    await browser?.close();
    await service?.stop();
  });

  test("find each other and talk, through lost connections and a restart; nothing is lost or doubled", async () => {
    await Promise.all([ana.register("Teach", "Spanish"), ben.register("Learn", "Chinese")]);
    await ben.page.getByRole("link", { name: "Find people" }).first().click();
    await ben.page.getByRole("radio", { name: "Teachers" }).check();
    await ben.pick("Mother tongue", "Spanish");
    await ben.page.getByRole("link", { name: "Ana" }).click();
    await ben.page.getByRole("link", { name: "Talk", exact: true }).click();
    await ben.page.getByText("Online").waitFor();
    await ben.write("hola Ana");
    await ben.fate("hola Ana", "Delivered").waitFor();
    await ana.page.getByRole("link", { name: /Ben.*hola Ana.*1 unread/s }).click();
    await ana.message("hola Ana").waitFor();
    await ben.fate("hola Ana", "Read").waitFor();
    await ana.page.getByRole("textbox", { name: /^Write a message/ }).pressSequentially("你好");
    await ben.page.locator(".talk-head").getByText("is writing…").waitFor();
    await ana.write("你好 Ben");
    await ben.message("你好 Ben").waitFor();

    // Nobody has this number: the message is not lost in silence, and can be tried again or given up.
    await ana.page.goto(`${ana.url}#/talk/4503599627370495`);
    await ana.write("is anybody there?");
    const trouble = ana.page.getByRole("alert").filter({ hasText: "This person cannot be reached." });
    await trouble.getByRole("button", { name: "Try again" }).click();
    await trouble.getByRole("button", { name: "Discard" }).click();
    await ana.page.getByText("Say hello!").waitFor();
    await ana.page.goBack();
    await ana.message("你好 Ben").waitFor();

    // Ana's connection is gone; what she writes waits, also while the page is loaded again.
    await ana.disconnect();
    await ana.page.getByText("No connection.").waitFor();
    await ana.write("written offline 1");
    await ana.fate("written offline 1", "Sending").waitFor();
    await ben.write("while you were away");
    const talk = ana.page.url();
    await ana.page.goto("about:blank");
    await ana.reconnect(service.port);
    await ana.page.goto(talk);
    await ben.message("written offline 1").waitFor();
    await ana.message("while you were away").waitFor();
    await ana.fate("written offline 1", "Read").waitFor();

    // The server is started anew, and both write while it is away.
    await Promise.all([ana.disconnect(), ben.disconnect(), service.stop()]);
    await ana.write("while the server was away, A");
    await ben.write("while the server was away, B");
    await ben.fate("away, B", "Sending").waitFor();
    ({ service } = await start(settings));
    await Promise.all([ana.reconnect(service.port), ben.reconnect(service.port)]);
    await ana.message("away, B").waitFor();
    await ben.message("away, A").waitFor();
    await ana.fate("away, A", "Read").waitFor();

    const said = [
      "hola Ana",
      "你好 Ben",
      "written offline 1",
      "while you were away",
      "while the server was away, A",
      "while the server was away, B",
    ];
    for (const visitor of [ana, ben]) {
      expect((await visitor.texts()).sort()).toEqual(said.toSorted());
      await visitor.page.reload();
      await visitor.message("away, B").waitFor();
      expect((await visitor.texts()).sort()).toEqual(said.toSorted());
      expect(visitor.faults).toEqual([]);
    }
  });
});

/** What one changes about oneself and whom one hears; every screen is looked over by axe on the way. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { Polyge, type Session } from "../../src/client/index.ts";
import { startServer } from "../client/places.ts";
import { launch, NO_CHROMIUM } from "../support/chromium.ts";
import { unique } from "../support/client.ts";
import { suiteUnless } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";
import { wrongOn } from "./axe.ts";
import { Visitor } from "./visitor.ts";

const PWD = "correct horse";

allowForStarts();
suiteUnless(NO_CHROMIUM, "web: one's own account", () => {
  let browser: Browser;
  let server: Polyge;
  let visitor: Visitor;
  let other: Session;
  const name = unique("我");
  const otherName = unique("o");
  beforeAll(async () => {
    const service = await startServer();
    server = new Polyge(service.url);
    browser = await launch();
    const person = { pwd: PWD, gender: 1, language: 1, occup: "cook", user_type: 2 } as const;
    other = await server.register({ ...person, uname: otherName });
    visitor = await Visitor.come(browser, service.port, name, { colorScheme: "dark" });
  });
  afterAll(async () => {
    await visitor?.leave();
    await browser?.close();
  });

  test("every field of the document can be given when registering, and changed and taken out later", async () => {
    const { page } = visitor;
    await page.goto(visitor.url);
    expect(await wrongOn(visitor)).toEqual([]);
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByRole("button", { name: "Create an account" }).click();
    expect(await page.getByText("This is needed.").count()).toBeGreaterThanOrEqual(4);
    expect(await wrongOn(visitor)).toEqual([]);

    await page.getByLabel("Name", { exact: true }).fill(otherName);
    await page.getByLabel("Password", { exact: true }).fill(PWD);
    await page.getByText("This name is taken").waitFor();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("radio", { name: "Learn" }).check();
    await page.getByRole("radio", { name: "Female" }).check();
    await visitor.pick("Mother tongue", "French");
    await page.getByLabel("Occupation").fill("painter");
    await page.getByLabel("Picture (URL)").fill("/web/icon.svg");
    await page.getByRole("img", { name: "Your picture" }).locator("img").waitFor();
    await page.getByLabel("About me").fill("I paint.");
    await page.getByLabel("Interests").fill("walls");
    await visitor.pick("Country or region", "China");
    await visitor.pick("Province", "Guangdong");
    await visitor.pick("City or district", "Shenzhen");
    await page.getByLabel("Date of birth").fill("1990-02-03");
    await page.getByLabel("Recording (URL)").fill("https://example.com/me.ogg");
    await page.getByLabel("E-mail").fill("me@example.com");
    await page.getByLabel("Phone").fill("+86 755 1234");
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByText("No talks yet").waitFor();
    expect(await wrongOn(visitor)).toEqual([]);

    await page.getByRole("link", { name: "Me", exact: true }).click();
    await page.getByText("Shenzhen, Guangdong, China").waitFor();
    expect(await wrongOn(visitor)).toEqual([]);
    await page.getByRole("link", { name: "Change profile" }).click();
    await page.getByLabel("Interests").fill("");
    await page.getByLabel("Occupation").fill("sculptor");
    expect(await wrongOn(visitor)).toEqual([]);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your profile is saved.").waitFor();
    await page.getByText("sculptor").waitFor();
    expect(await page.getByText("walls").count()).toBe(0);
  });

  test("who is blocked is not heard, until it is taken back", async () => {
    const { page } = visitor;
    const uid = await page.evaluate<number>("JSON.parse(localStorage.getItem('polyge:session')).uid");
    const connection = await server.connect(other);
    await connection.send(uid, "first").delivered;
    await page.getByRole("link", { name: "Talks" }).click();
    await page.getByRole("link", { name: /first.*1 unread/s }).click();
    await visitor.message("first").waitFor();
    expect(await wrongOn(visitor)).toEqual([]);
    await page.getByRole("link", { name: otherName }).last().click();
    await page.getByRole("button", { name: "Block" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await page.getByText("is blocked.").waitFor();
    expect(await wrongOn(visitor)).toEqual([]);
    const code = await connection.send(uid, "unheard").stored.catch((error) => error.code);
    expect(code).toBe("unknown_user");

    await page.getByRole("link", { name: "Me", exact: true }).click();
    await page.getByRole("link", { name: "Blocked people" }).click();
    await page.getByRole("button", { name: "Unblock" }).click();
    await page.getByText("You have blocked nobody.").waitFor();
    await connection.send(uid, "heard").delivered;
    connection.close();
  });

  test("the password is changed, the page speaks Chinese, and in the end the account is deleted", async () => {
    const { page } = visitor;
    await page.goto(`${visitor.url}#/password`);
    await page.getByLabel("Password so far").fill("wrong horse");
    await page.getByLabel("New password", { exact: true }).fill("better horse");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The password is wrong.").waitFor();
    await page.getByLabel("Password so far").fill(PWD);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your password is changed.").waitFor();

    await page.getByRole("radio", { name: "中文" }).check();
    await page.getByRole("radio", { name: "浅色" }).check();
    expect(await page.evaluate("document.documentElement.lang")).toBe("zh-Hans");
    expect(await wrongOn(visitor)).toEqual([]);
    for (const screen of ["find", `user/${other.uid}`, `talk/${other.uid}`]) {
      await page.goto(`${visitor.url}#/${screen}`);
      await page.getByText(otherName).first().waitFor();
      expect(await wrongOn(visitor)).toEqual([]);
    }
    await page.goto(`${visitor.url}#/me`);
    await page.getByRole("button", { name: "退出登录" }).click();
    await page.getByRole("heading", { name: "登录" }).waitFor();
    await page.getByLabel("用户名").fill(name);
    await page.getByLabel("密码", { exact: true }).fill("better horse");
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await page.getByRole("heading", { name: "聊天" }).waitFor();

    await page.goto(`${visitor.url}#/delete`);
    await page.getByLabel("密码", { exact: true }).fill("better horse");
    await page.getByRole("button", { name: "删除账号" }).click();
    await page.getByText("你的账号已删除。").waitFor();
    expect(await server.isNameFree(name)).toBe(true);
    expect(visitor.faults).toEqual([]);
  });
});

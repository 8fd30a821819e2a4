/** Somebody in front of a browser of his own, behind a connection of his own to the server. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Session } from "../../src/client/index.ts";
import { startProxy, type TcpProxy } from "../support/proxy.ts";

export class Visitor {
  /** What the page did not expect. */
  readonly faults: string[] = [];
  #proxy: TcpProxy | undefined;
  readonly port: number;

  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly page: Page,
    proxy: TcpProxy,
  ) {
    this.#proxy = proxy;
    this.port = proxy.port;
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("console", (said) => {
      // A connection that cannot be opened is what some tests are about.
      if (said.type() === "error" && !/ERR_|WebSocket|Failed to load resource/.test(said.text()))
        this.faults.push(said.text());
    });
  }

  static async come(browser: Browser, serverPort: number, name: string, options: BrowserContextOptions = {}) {
    const proxy = await startProxy(serverPort);
    const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1000, height: 700 }, ...options });
    context.setDefaultTimeout(15_000);
    return new Visitor(name, context, await context.newPage(), proxy);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** From now on nothing reaches the server. */
  async disconnect(): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
    this.#proxy = undefined;
  }

  async reconnect(serverPort: number): Promise<void> {
    this.#proxy = await startProxy(serverPort, this.port);
  }

  async leave(): Promise<void> {
    await this.context.close();
    await this.disconnect();
  }

  /** Opens the page as somebody who has logged in before. */
  async enter(session: Session, screen = "talks"): Promise<void> {
    await this.context.addInitScript(
      ([name, kept]) => localStorage.setItem(name!, localStorage.getItem(name!) ?? kept!),
      ["polyge:session", JSON.stringify(session)],
    );
    await this.page.goto(`${this.url}#/${screen}`);
    await this.page.locator("h1").first().waitFor();
  }

  /** By the form, with what it needs. @returns the uid */
  async register(kind: "Learn" | "Teach", language: string): Promise<number> {
    const { page } = this;
    await page.goto(this.url);
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Name", { exact: true }).fill(this.name);
    await page.getByLabel("Password", { exact: true }).fill("correct horse");
    await page.getByRole("radio", { name: kind }).check();
    await page.getByRole("radio", { name: "Female" }).check();
    await this.pick("Mother tongue", language);
    await page.getByLabel("Occupation").fill("pianist");
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByRole("heading", { name: "Talks" }).waitFor();
    return page.evaluate(() => JSON.parse(localStorage.getItem("polyge:session")!).uid);
  }

  /** From a list to search in. */
  async pick(label: string, name: string): Promise<void> {
    await this.page.getByRole("combobox", { name: label }).fill(name);
    await this.page.getByRole("option", { name, exact: true }).click();
  }

  async write(text: string): Promise<void> {
    const area = this.page.getByRole("textbox", { name: /^Write a message/ });
    await area.fill(text);
    await area.press("Enter");
  }

  /** What the talk shows, oldest first. */
  async texts(): Promise<string[]> {
    return this.page.locator(".message .text").allInnerTexts();
  }

  /** The state of one's own message. */
  fate(text: string, fate: string) {
    return this.page.locator(".message.own", { hasText: text }).getByRole("img", { name: fate, exact: true });
  }

  message(text: string) {
    return this.page.locator(".message .text", { hasText: text });
  }
}

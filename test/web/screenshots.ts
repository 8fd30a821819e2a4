/**
 * Pictures of every screen, for people to look at: `bun test/web/screenshots.ts [screen …]` fills the folder `screenshots`.
 * A server of its own with some people on it; two widths, each language, each theme.
 */
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { type Connection, Polyge, type Registration, type Session } from "../../src/client/index.ts";
import { launch } from "../support/chromium.ts";
import { start, stopAll } from "../support/services.ts";

const FOLDER = join(import.meta.dir, "../../screenshots");
const PWD = "correct horse";
const LOOKS = [
  { name: "en-light", locale: "en-GB", colorScheme: "light" },
  { name: "cn-dark", locale: "zh-CN", colorScheme: "dark" },
  { name: "cn-light", locale: "zh-CN", colorScheme: "light" },
  { name: "en-dark", locale: "en-GB", colorScheme: "dark" },
] as const satisfies ({ name: string } & BrowserContextOptions)[];
const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
];

type Person = Partial<Registration> & { uname: string };
const PEOPLE: Person[] = [
  {
    uname: "林小雨",
    language: 1,
    user_type: 2,
    country: 156,
    province: 310000,
    city: 310101,
    occup: "语文老师",
    description: "在上海教中文八年,喜欢从诗歌和菜谱讲起。",
    interest: "昆曲、骑行、做菜",
    birth: "1991-04-12",
  },
  {
    uname: "Elena Márquez",
    language: 3,
    user_type: 1,
    country: 724,
    occup: "Architect",
    description: "Learning Mandarin for a year in Chengdu. I can help you with Spanish in exchange.",
    interest: "Old cities, ceramics",
  },
  { uname: "Haruto", language: 9, user_type: 1, country: 392, occup: "Student" },
  { uname: "Amélie", language: 5, user_type: 2, country: 250, occup: "Teacher of French", description: "Bonjour !" },
  { uname: "王建国", language: 1, user_type: 1, country: 156, province: 110000, occup: "工程师" },
  { uname: "Thisisaverylongnamewithoutblan", language: 2, user_type: 2, country: 840, occup: "<b>Writer</b>" },
];
const SAID: [by: 0 | 1, text: string][] = [
  [1, "你好!我在学中文,已经一年了。"],
  [0, "你好 Elena!你的中文很棒 👏"],
  [0, "你住在哪里?"],
  [1, "我住在成都。¿Y tú?"],
  [0, "我在上海。成都的火锅比上海的辣多了吧?"],
  [
    1,
    "Much hotter! I still order 微辣 every single time, and the waiter laughs at me. Next month my sister comes to visit and I want to order for everybody in Chinese, without pointing at pictures.",
  ],
  [0, "我们可以练习点菜。比如:「请给我们来一份毛肚,两份青菜,再来一壶菊花茶。」"],
  [1, "请给我们来一份毛肚… perfecto, gracias!"],
];

type World = { url: string; ana: Session; elena: number; connections: Connection[] };

async function populate(url: string): Promise<World> {
  const server = new Polyge(url);
  const sessions: Session[] = [];
  for (const person of PEOPLE) {
    sessions.push(await server.register({ pwd: PWD, gender: 2, language: 1, occup: "", user_type: 1, ...person }));
  }
  const connections = await Promise.all(sessions.map((session) => server.connect(session)));
  for (const connection of connections) connection.onMessage(() => {});
  const [ana, elena, haruto, amelie, wang, long] = connections;
  for (const [by, text] of SAID) await (by === 0 ? ana! : elena!).send((by === 0 ? elena! : ana!).uid, text).delivered;
  await haruto!.send(ana!.uid, "先生、明日のレッスンは何時ですか。").delivered;
  await amelie!.send(ana!.uid, "On échange une heure de français contre une heure de chinois ?").delivered;
  await wang!.send(ana!.uid, "<script>alert('你好')</script>").delivered;
  await ana!.send(long!.uid, `Look: ${"verylongword".repeat(12)}`).delivered;
  ana!.close();
  wang!.close();
  return { url, ana: sessions[0]!, elena: elena!.uid, connections };
}

const SCREENS: Record<
  string,
  { hash: (world: World) => string; out?: true; prepare?: (page: Page, world: World) => Promise<void> }
> = {
  login: { hash: () => "login", out: true },
  register: { hash: () => "register", out: true },
  talks: { hash: () => "talks" },
  talk: {
    hash: ({ elena }) => `talk/${elena}`,
    async prepare(page) {
      await page.locator(".message").first().waitFor();
    },
  },
  begin: { hash: ({ ana }) => `talk/${ana.uid}` },
  find: { hash: () => "find" },
  user: { hash: ({ elena }) => `user/${elena}` },
  me: { hash: () => "me" },
  edit: { hash: () => "edit" },
  password: { hash: () => "password" },
  blocked: { hash: () => "blocked" },
  delete: { hash: () => "delete" },
};

const wanted = process.argv.slice(2);
const { service } = await start({ DATA_DIR: "memory://", REGISTRATIONS: "0", LOG_LEVEL: "silent" });
const world = await populate(service.url);
const browser = await launch();
for (const [name, { hash, out, prepare }] of Object.entries(SCREENS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const { name: look, ...options } of LOOKS) {
    for (const viewport of SIZES) {
      const context = await browser.newContext({ ...options, viewport });
      const session = JSON.stringify(world.ana);
      if (!out) await context.addInitScript(`localStorage.setItem("polyge:session", ${JSON.stringify(session)})`);
      const page = await context.newPage();
      page.on("pageerror", (error) => console.log(`${name}: ${error.message}`));
      await page.goto(`${world.url}/#/${hash(world)}`);
      await page.locator("h1").first().waitFor();
      await page.waitForLoadState("networkidle");
      await prepare?.(page, world);
      await page.screenshot({ path: join(FOLDER, `${name}-${viewport.width}-${look}.png`) });
      await context.close();
    }
  }
}
for (const connection of world.connections) connection.close();
await browser.close();
await stopAll();

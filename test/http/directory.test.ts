import { expect, test } from "bun:test";
import { type Client, clientOf, unique } from "../support/client.ts";
import { onEachDatabase } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";

/** A number of a catalogue that only this test uses. */
const some = () => Math.floor(Math.random() * 2 ** 31);

interface Page {
  users: { uid: number; uname: string; online: boolean }[];
  next: string | null;
}
type Arguments = Record<string, string | number | undefined>;

const find = async (client: Client, args: Arguments): Promise<Page> => (await client.get("/users", args)).body.rs;
const uidsOf = (page: Page) => page.users.map(({ uid }) => uid);

/** Every page, one after the other. */
async function pages(client: Client, args: Arguments): Promise<number[][]> {
  const found: number[][] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await find(client, { ...args, cursor });
    found.push(uidsOf(page));
    cursor = page.next;
  }
  return found;
}

onEachDatabase("directory", (kind) => {
  const stage = stageOn(kind);

  /** Waits until the directory shows a user as online, or not. */
  async function shown(client: Client, token: string, uid: number, online: boolean): Promise<void> {
    while ((await client.get("/profile", { token, uid })).body.rs.online !== online);
  }

  test("filters go together, and the newest come first", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const [language, country] = [some(), some()];
    const make = async (changes: Arguments) => (await client.join({ language, ...changes })).uid;
    const teacher = await make({ country });
    const student = await make({ country, user_type: 1 });
    const elsewhere = await make({ country: some() });
    const nowhere = await make({});
    expect(uidsOf(await find(client, { token, language }))).toEqual([nowhere, elsewhere, student, teacher]);
    expect(uidsOf(await find(client, { token, language, user_type: 2 }))).toEqual([nowhere, elsewhere, teacher]);
    expect(uidsOf(await find(client, { token, country }))).toEqual([student, teacher]);
    expect(uidsOf(await find(client, { token, language, country, user_type: 1 }))).toEqual([student]);
    expect(await find(client, { token, language: some() })).toEqual({ users: [], next: null });
    expect(uidsOf(await find(client, { token, user_type: 1, limit: 1 }))).toHaveLength(1);
  });

  test("a part of the name finds it, in any case and script, with the other filters", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const language = some();
    const mark = unique("");
    const ming = (await client.join({ uname: `王小明${mark}`, language })).uid;
    const li = (await client.join({ uname: `李${mark}Ströme`, language, user_type: 1 })).uid;
    const search = async (name: string, more: Arguments = {}) =>
      uidsOf(await find(client, { token, name, language, ...more }));
    expect(await search("小明")).toEqual([ming]);
    expect(await search("王")).toEqual([ming]);
    expect(await search("李")).toEqual([li]);
    expect(await search("STRÖME")).toEqual([li]);
    expect(await search("ｍ")).toEqual([li]);
    expect(await search(mark.toUpperCase())).toEqual([li, ming]);
    expect(await search(mark.slice(0, 5), { user_type: 2 })).toEqual([ming]);
    expect(await search(`明${mark.slice(0, 2)}`)).toEqual([ming]);
    expect(await search("明小")).toEqual([]);
    expect(await search("%")).toEqual([]);
    expect(await search("_")).toEqual([]);
    expect(await search("','{\"")).toEqual([]);
    expect(uidsOf(await find(client, { token, name: mark }))).toEqual([li, ming]);
  });

  test("those who are online come first, page after page, and each is told as such", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const [language, mark] = [some(), unique("")];
    const people: { uid: number; token: string }[] = [];
    for (let i = 0; i < 7; i++)
      people.push(await client.join({ language, uname: `${mark}${i}`, user_type: (i % 2) + 1 }));
    const online = [people[1]!, people[4]!, people[5]!];
    for (const each of online) await stage.open(each);
    for (const each of online) await shown(client, token, each.uid, true);
    const expected = [5, 4, 1, 6, 3, 2, 0].map((index) => people[index]!.uid);
    for (const by of [{ language }, { language, name: mark }, { name: mark }]) {
      expect((await pages(client, { token, ...by, limit: 2 })).flat()).toEqual(expected);
      const { users } = await find(client, { token, ...by });
      expect(users.map((each) => each.online)).toEqual([true, true, true, false, false, false, false]);
    }
    const odd = (await pages(client, { token, language, user_type: 2, limit: 1 })).flat();
    expect(odd).toEqual([5, 1, 3].map((index) => people[index]!.uid));
  });

  test("nobody is passed over who comes or goes while somebody reads on", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const language = some();
    const people: { uid: number; token: string }[] = [];
    for (let i = 0; i < 4; i++) people.push(await client.join({ language }));
    const going = await stage.open(people[0]!);
    await stage.open(people[3]!);
    for (const index of [0, 3]) await shown(client, token, people[index]!.uid, true);
    const first = await find(client, { token, language, limit: 1 });
    expect(uidsOf(first)).toEqual([people[3]!.uid]);
    going.cut();
    await stage.open(people[2]!);
    await shown(client, token, people[0]!.uid, false);
    await shown(client, token, people[2]!.uid, true);
    const rest = await find(client, { token, language, cursor: first.next! });
    expect(uidsOf(rest)).toEqual([2, 1, 0].map((index) => people[index]!.uid));
  });

  test("one who has gone was last seen just now", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const ana = await client.join();
    const socket = await stage.open(ana);
    await shown(client, token, ana.uid, true);
    const seen = async () => (await client.get("/profile", { token, uid: ana.uid })).body.rs;
    expect((await seen()).last_seen).toBeNull();
    await socket.close();
    await shown(client, token, ana.uid, false);
    expect(Math.abs((await seen()).last_seen - Date.now())).toBeLessThan(60_000);
  });

  test("a changed profile is found by what it says now, online and offline", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const [before, after] = [some(), some()];
    const people = [await client.join({ language: before }), await client.join({ language: before })];
    await stage.open(people[0]!);
    await shown(client, token, people[0]!.uid, true);
    for (const each of people) await client.get("/update_profile", { token: each.token, language: after });
    expect(uidsOf(await find(client, { token, language: before }))).toEqual([]);
    expect(uidsOf(await find(client, { token, language: after }))).toEqual(people.map(({ uid }) => uid));
  });

  test("neither oneself nor whom one has blocked is found; who has blocked one is, and seems offline", async () => {
    const client = await clientOf(kind);
    const language = some();
    const [ana, ben, cai] = [
      await client.join({ language }),
      await client.join({ language }),
      await client.join({ language }),
    ];
    await client.get("/block", { token: ana.token, uid: ben.uid });
    await stage.open(ana);
    await shown(client, cai.token, ana.uid, true);
    for (const by of [{ language }, { language, name: ana.uname.slice(0, 1) }]) {
      expect(uidsOf(await find(client, { token: ana.token, ...by }))).toEqual([cai.uid]);
      const seen = await find(client, { token: ben.token, ...by });
      expect(seen.users.map(({ uid, online }) => [uid, online])).toEqual([
        [cai.uid, false],
        [ana.uid, false],
      ]);
      const { rs } = (await client.get("/profile", { token: ben.token, uid: ana.uid })).body;
      expect([rs.online, rs.last_seen]).toEqual([false, null]);
      expect(uidsOf(await find(client, { token: cai.token, ...by }))).toEqual([ana.uid, ben.uid]);
    }
  });

  test("a cursor of one's own making, and what else is wrong, is 400 and named", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const wrong: [string, string][] = [
      ["cursor", "x"],
      ["cursor", Buffer.from("1.2").toString("base64url")],
      ["cursor", Buffer.from("1.-2.3").toString("base64url")],
      ["limit", "0"],
      ["limit", "101"],
      ["user_type", "3"],
      ["language", "x"],
      ["name", "x".repeat(31)],
      ["name", "a\u0001b"],
    ];
    for (const [name, value] of wrong) {
      const { status, body } = await client.get("/users", { token, [name]: value });
      expect([name, status, body.msg]).toEqual([name, 400, expect.stringMatching(new RegExp(`^${name}: must`))]);
    }
  });
});

test("who is shown as many profiles as are allowed has to wait, and nobody else", async () => {
  const { LookLimit } = await import("../../src/http/look-limit.ts");
  const looks = new LookLimit(5);
  const look = (shown: number) => async () => ({ shown, answer: new Response() });
  expect((await looks.spend(1, look(4))).status).toBe(200);
  expect((await looks.spend(1, look(0))).status).toBe(200);
  const late = await looks.spend(1, look(1));
  expect([late.status, Number(late.headers.get("retry-after")) > 0]).toEqual([429, true]);
  expect((await looks.spend(2, look(1))).status).toBe(200);
});

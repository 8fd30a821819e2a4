import { expect, test } from "bun:test";
import { eq, sql } from "drizzle-orm";
import type { Database } from "../../src/store/database.ts";
import { nodes, presence } from "../../src/store/people-schema.ts";
import { PresenceRows, type Sightings } from "../../src/store/presence.ts";
import { Users } from "../../src/store/users.ts";
import { unique } from "../support/client.ts";
import type { Kind } from "../support/databases.ts";
import { onEachDatabase, sharedDatabase, testOnPostgres } from "../support/services.ts";

async function somebody(database: Database): Promise<number> {
  const name = unique();
  const user = { uname: name, unameKey: name, passwordHash: "none", gender: 1, language: 3, occup: "x", userType: 1 };
  const ticket = { hash: crypto.getRandomValues(new Uint8Array(32)), seconds: 60 };
  return (await new Users(database).create({ ...user, avatar: "/x" }, ticket))!;
}

const seen = (sightings: Partial<Sightings>): Sightings => ({ came: [], left: [], moved: new Map(), ...sightings });

const rowOf = async (database: Database, uid: number) =>
  (await database.run((db) => db.select().from(presence).where(eq(presence.uid, uid))))[0];

async function ground(kind: Kind) {
  const database = await sharedDatabase(kind);
  return { database, rows: new PresenceRows(database), here: unique("node"), there: unique("node") };
}

onEachDatabase("presence", (kind) => {
  test("who came is online until gone, and was last seen then", async () => {
    const { database, rows, here } = await ground(kind);
    const uids = [await somebody(database), await somebody(database)];
    await rows.write(here, seen({ came: [...uids, 2 ** 50] }));
    expect(await rows.onlineAt(here, 0)).toEqual(uids);
    expect(await rows.onlineAmong([...uids, 2 ** 50])).toEqual(new Set(uids));
    const { since } = (await rowOf(database, uids[0]!))!;
    await rows.write(here, seen({ came: [uids[0]!], left: [uids[1]!] }));
    expect(await rows.onlineAt(here, 0)).toEqual([uids[0]!]);
    expect((await rowOf(database, uids[0]!))!.since).toEqual(since);
    expect(await rowOf(database, uids[1]!)).toMatchObject({ online: false, lastSeen: expect.any(Date) });
  });

  test("who left one node is still online on another, in whichever order the nodes write", async () => {
    const { database, rows, here, there } = await ground(kind);
    const [ana, ben] = [await somebody(database), await somebody(database)];
    await rows.write(here, seen({ came: [ana, ben] }));
    await rows.write(there, seen({ came: [ana] }));
    await rows.write(here, seen({ left: [ana], moved: new Map([[ben, there]]) }));
    expect(await rows.onlineAt(there, 0)).toEqual([ana, ben]);
    expect(await rows.onlineAt(here, 0)).toEqual([]);
  });

  test("who left one node for another that is no more is offline, and stays so", async () => {
    const { database, rows, here, there } = await ground(kind);
    const ana = await somebody(database);
    await rows.write(here, seen({ came: [ana] }));
    await rows.alive(there);
    await rows.clear(there);
    await rows.write(here, seen({ moved: new Map([[ana, there]]) }));
    expect(await rows.onlineAmong([ana])).toEqual(new Set());
    expect(await rowOf(database, ana)).toMatchObject({ online: false, lastSeen: expect.any(Date) });
  });

  test("a node that stops has nobody online", async () => {
    const { database, rows, here, there } = await ground(kind);
    const [ana, ben] = [await somebody(database), await somebody(database)];
    await rows.write(here, seen({ came: [ana] }));
    await rows.write(there, seen({ came: [ben] }));
    await rows.clear(here);
    expect(await rows.onlineAmong([ana, ben])).toEqual(new Set([ben]));
  });
});

testOnPostgres("the users of a node that gave no sign of life are not online, those of others are", async () => {
  const { database, rows, here, there } = await ground("postgres");
  const [ana, ben] = [await somebody(database), await somebody(database)];
  await rows.write(here, seen({ came: [ana] }));
  await rows.write(there, seen({ came: [ben] }));
  await rows.clearDead(here);
  expect(await rows.onlineAmong([ana, ben])).toEqual(new Set([ana, ben]));
  const long = sql`clock_timestamp() - interval '1 minute'`;
  await database.run((db) => db.update(nodes).set({ seenAt: long }).where(eq(nodes.node, there)));
  await rows.clearDead(here);
  expect(await rows.onlineAmong([ana, ben])).toEqual(new Set([ana]));
  await rows.write(there, seen({ came: [ben] }));
  expect(await rows.onlineAmong([ben])).toEqual(new Set([ben]));
});

test("an embedded database has no other node: whoever it says is online elsewhere is not", async () => {
  const { database, rows, here, there } = await ground("pglite");
  const [ana, ben] = [await somebody(database), await somebody(database)];
  await rows.write(there, seen({ came: [ben] }));
  await rows.write(here, seen({ came: [ana] }));
  await rows.clearDead(here);
  expect(await rows.onlineAmong([ana, ben])).toEqual(new Set([ana]));
});

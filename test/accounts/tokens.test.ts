import { expect, test } from "bun:test";
import { type Session, Tokens } from "../../src/accounts/tokens.ts";
import type { Database } from "../../src/store/database.ts";
import { Users } from "../../src/store/users.ts";
import { unique } from "../support/client.ts";
import type { Kind } from "../support/databases.ts";
import { onEachDatabase, sharedDatabase } from "../support/services.ts";

/** A database that counts what it is asked. */
async function counted(kind: Kind): Promise<{ database: Database; queries: () => number }> {
  const database = await sharedDatabase(kind);
  let queries = 0;
  const counting = new Proxy(database, {
    get(target, name) {
      if (name === "run") queries++;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { database: counting, queries: () => queries };
}

const PASSWORD = "none";
const issue = async (tokens: Tokens, uid: number): Promise<string> => (await tokens.issue(uid, PASSWORD, 123))!;

async function somebody(kind: Kind): Promise<number> {
  const name = unique();
  const user = {
    uname: name,
    unameKey: name,
    passwordHash: PASSWORD,
    gender: 1,
    language: 0,
    occup: "x",
    userType: 1,
    avatar: "/x",
  };
  const ticket = { hash: crypto.getRandomValues(new Uint8Array(32)), seconds: 60 };
  return (await new Users(await sharedDatabase(kind)).create(user, ticket))!;
}

onEachDatabase("tokens", (kind) => {
  test("a token that has been checked is known at once, without a query", async () => {
    const { database, queries } = await counted(kind);
    const tokens = new Tokens(database, 3600);
    const uid = await somebody(kind);
    const token = await issue(tokens, uid);
    const session = await tokens.authenticate(uid, token);
    const before = queries();
    expect(tokens.authenticate(uid, token)).toEqual(session!);
    expect(tokens.authenticate(uid + 1, token)).toBeUndefined();
    expect(queries()).toBe(before);
  });

  test("a storm of look-ups is a handful of queries", async () => {
    const { database, queries } = await counted(kind);
    const tokens = new Tokens(database, 3600);
    const uid = await somebody(kind);
    const own = await Promise.all(Array.from({ length: 10 }, () => issue(tokens, uid)));
    const before = queries();
    const asked = Array.from({ length: 500 }, (_, i) =>
      tokens.authenticate(uid, own[i] ?? String(i).padStart(32, "7")),
    );
    const found = await Promise.all(asked);
    expect(found.filter((session) => session?.uid === uid)).toHaveLength(10);
    expect(queries() - before).toBeLessThanOrEqual(2);
  });

  test("a token that dies while its look-up is on the way back is refused, then and later", async () => {
    const database = await sharedDatabase(kind);
    const uid = await somebody(kind);
    const token = await issue(new Tokens(database, 3600), uid);
    const [arrived, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let first = true;
    const slow = Object.create(database, {
      run: {
        value: async (...args: Parameters<Database["run"]>) => {
          const holding = first;
          first = false;
          const result = await database.run(...args);
          arrived.resolve();
          if (holding) await release.promise;
          return result;
        },
      },
      kind: { value: kind },
    }) as Database;
    const tokens = new Tokens(slow, 3600);
    const looking = tokens.authenticate(uid, token);
    await arrived.promise;
    await tokens.revoke(token);
    release.resolve();
    expect(await looking).toBeUndefined();
    expect(await tokens.authenticate(uid, token)).toBeUndefined();
  });

  test("an expired token is unknown, and the sweep says whose it was", async () => {
    const database = await sharedDatabase(kind);
    const uid = await somebody(kind);
    const token = await issue(new Tokens(database, -1), uid);
    const tokens = new Tokens(database, 3600);
    const dead: Session[] = [];
    tokens.listen({ dead: ({ tokenId, uid }) => dead.push({ tokenId, uid }), replaced: () => {} });
    expect(await tokens.authenticate(uid, token)).toBeUndefined();
    expect(await tokens.refresh(uid, 123, token)).toBeUndefined();
    await tokens.sweep();
    expect(dead.filter((session) => session.uid === uid)).toHaveLength(1);
    dead.length = 0;
    await tokens.sweep();
    expect(dead).toEqual([]);
  });

  test("refresh keeps the id, so that sockets stay tied to it", async () => {
    const tokens = new Tokens(await sharedDatabase(kind), 3600);
    const uid = await somebody(kind);
    const old = await issue(tokens, uid);
    const before = await tokens.authenticate(uid, old);
    const fresh = (await tokens.refresh(uid, 7, old))!;
    expect(await tokens.authenticate(uid, old)).toBeUndefined();
    expect(await tokens.authenticate(uid, fresh)).toEqual(before!);
  });

  test("the database holds no token, only its hash", async () => {
    const database = await sharedDatabase(kind);
    const uid = await somebody(kind);
    const token = await issue(new Tokens(database, 3600), uid);
    const rows = await database.run((db) => db.query.tokens.findMany());
    expect(JSON.stringify(rows.map((row) => Buffer.from(row.hash).toString("latin1")))).not.toContain(token);
  });

  test("no token is given for a password that is another by now, or to a user who is gone", async () => {
    const tokens = new Tokens(await sharedDatabase(kind), 3600);
    const uid = await somebody(kind);
    expect(await tokens.issue(uid, "another", 123)).toBeUndefined();
    expect(await tokens.issue(2 ** 50, PASSWORD, 123)).toBeUndefined();
  });
});

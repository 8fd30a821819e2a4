import { expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { Attempts } from "../../src/store/attempts.ts";
import { attempts } from "../../src/store/schema.ts";
import { unique } from "../support/client.ts";
import { onEachDatabase, sharedDatabase } from "../support/services.ts";

const MINUTE = 60;

onEachDatabase("the attempts repository", (kind) => {
  const repository = async () => new Attempts(await sharedDatabase(kind));

  /** Counted and expired at once. */
  async function expired(store: Attempts): Promise<string> {
    const key = unique();
    await store.add(key, 7, 0);
    return key;
  }

  const rowsOf = (store: Attempts, key: string) =>
    store.database.run((db) => db.select().from(attempts).where(eq(attempts.key, key)));

  test("points add up, and the count keeps the life with which it began", async () => {
    const store = await repository();
    const key = unique();
    expect(await store.find(key)).toBeUndefined();
    expect((await store.add(key, 1, MINUTE)).points).toBe(1);
    expect((await store.add(key, 2, 60 * MINUTE)).points).toBe(3);
    expect((await store.add(key, -1, MINUTE)).points).toBe(2);
    const found = (await store.find(key))!;
    expect([found.points, found.leftMs > 0, found.leftMs <= MINUTE * 1000]).toEqual([2, true, true]);
  });

  test("of many at once each sees another total", async () => {
    const store = await repository();
    const key = unique();
    const seen = await Promise.all(Array.from({ length: 50 }, () => store.add(key, 1, MINUTE)));
    const totals = seen.map(({ points }) => points).toSorted((a, b) => a - b);
    expect(totals).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test("an expired count is none, and the next attempt begins anew", async () => {
    const store = await repository();
    const key = await expired(store);
    expect(await store.find(key)).toBeUndefined();
    const next = await store.add(key, 1, MINUTE);
    expect([next.points, next.leftMs > 0]).toEqual([1, true]);
    expect((await store.add(key, 1, MINUTE)).points).toBe(2);
  });

  test("a sweep deletes what has expired and nothing else", async () => {
    const store = await repository();
    const [gone, kept] = [await expired(store), unique()];
    await store.add(kept, 1, MINUTE);
    await store.deleteExpired();
    expect([await rowsOf(store, gone), (await rowsOf(store, kept)).length]).toEqual([[], 1]);
  });

  test("a count that begins anew during a sweep stays", async () => {
    const store = await repository();
    const keys = await Promise.all(Array.from({ length: 40 }, () => expired(store)));
    const sweep = store.deleteExpired();
    await Promise.all([sweep, ...keys.map((key) => store.add(key, 1, MINUTE))]);
    for (const key of keys) expect((await store.find(key))?.points).toBe(1);
  });
});

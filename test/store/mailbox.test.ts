import { expect, test } from "bun:test";
import { eq, inArray, sql } from "drizzle-orm";
import { Mailboxes, type NewFrame, PAGE_FRAMES } from "../../src/store/mailbox.ts";
import { mailboxes, mailboxFrames } from "../../src/store/schema.ts";
import { onEachDatabase, sharedDatabase } from "../support/services.ts";
import { NOBODY } from "../support/stage.ts";
import { userRows } from "../support/user-rows.ts";

const QUOTA = { frames: 10_000, bytes: 64 << 20, days: 30 };
const START_MS = 60_000;

const entry = (uid: number, text: string, accepted = false): NewFrame => ({ uid, frame: Buffer.from(text), accepted });
const textOf = ({ frame }: { frame: Uint8Array }) => Buffer.from(frame).toString();

/** All that waits, page by page. */
async function all(store: Mailboxes, uid: number) {
  const found: { id: number; text: string }[] = [];
  for (;;) {
    const page = await store.read(uid, found.at(-1)?.id ?? 0);
    if (page.length === 0) return found;
    for (const each of page) found.push({ id: each.id, text: textOf(each) });
  }
}

const texts = async (store: Mailboxes, uid: number) => (await all(store, uid)).map(({ text }) => text);

/** What the totals say, and what is there. */
async function totals({ database }: Mailboxes, uid: number) {
  const [said] = await database.run((db) => db.select().from(mailboxes).where(eq(mailboxes.uid, uid)));
  const [there] = await database.run((db) =>
    db
      .select({
        frames: sql<number>`count(*)::int`,
        bytes: sql<number>`coalesce(sum(octet_length(${mailboxFrames.frame})), 0)::int`,
      })
      .from(mailboxFrames)
      .where(eq(mailboxFrames.uid, uid)),
  );
  return { said: { frames: said?.frames ?? 0, bytes: said?.bytes ?? 0 }, there: there! };
}

async function expectTotals(store: Mailboxes, uid: number): Promise<void> {
  const { said, there } = await totals(store, uid);
  expect(said).toEqual(there);
}

onEachDatabase("the mailbox repository", (kind) => {
  const open = async (quota: Partial<typeof QUOTA> = {}, count = 1) => {
    const database = await sharedDatabase(kind);
    return { store: new Mailboxes(database, { ...QUOTA, ...quota }), uids: await userRows(database, count) };
  };

  test(
    "frames come back byte for byte, in the order of the batch, the empty one too",
    async () => {
      const { store, uids } = await open({}, 2);
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const frames = [bytes, new Uint8Array(), Buffer.from("z"), bytes.toReversed()];
      const batch = frames.flatMap((frame) => uids.map((uid) => ({ uid, frame, accepted: false })));
      expect(await store.append(batch)).toEqual(batch.map(() => "stored"));
      for (const uid of uids) {
        const read = await store.read(uid, 0);
        expect(read.map(({ frame }) => Buffer.from(frame))).toEqual(frames.map((frame) => Buffer.from(frame)));
        expect(read.map(({ id }) => id)).toEqual(read.map(({ id }) => id).toSorted((a, b) => a - b));
        await expectTotals(store, uid);
      }
    },
    START_MS,
  );

  test("the sums count users who have something waiting, and all that waits", async () => {
    const { store, uids } = await open({}, 3);
    const before = await store.sums();
    await store.append([
      entry(uids[0]!, "four"),
      entry(uids[0]!, "and"),
      entry(uids[1]!, "five!"),
      entry(uids[2]!, "x"),
    ]);
    await store.remove(new Map([[uids[2]!, (await store.read(uids[2]!, 0))[0]!.id]]));
    const { users, frames, bytes } = await store.sums();
    expect([users - before.users, frames - before.frames, bytes - before.bytes]).toEqual([2, 3, 12]);
  });

  test("a user who does not exist gets nothing, others of the same batch do", async () => {
    const { store, uids } = await open();
    const batch = [entry(NOBODY, "a"), entry(uids[0]!, "b"), entry(Number.MAX_SAFE_INTEGER, "c", true)];
    expect(await store.append(batch)).toEqual(["unknown_user", "stored", "unknown_user"]);
    expect(await texts(store, uids[0]!)).toEqual(["b"]);
    expect(await store.append([])).toEqual([]);
  });

  test("pages end at their number of frames and of bytes, and one large frame is a page", async () => {
    const { store, uids } = await open({}, 2);
    const [many, large] = uids as [number, number];
    await store.append(Array.from({ length: PAGE_FRAMES + 5 }, (_, i) => entry(many, String(i))));
    expect(await store.read(many, 0)).toHaveLength(PAGE_FRAMES);
    expect(await texts(store, many)).toEqual(Array.from({ length: PAGE_FRAMES + 5 }, (_, i) => String(i)));
    const sizes = [300_000, 100_000, 100_000, 100_000, 100_000];
    await store.append(sizes.map((size) => entry(large, "x".repeat(size))));
    const pages: number[] = [];
    for (let after = 0; ; ) {
      const page = await store.read(large, after);
      if (page.length === 0) break;
      pages.push(page.length);
      after = page.at(-1)!.id;
    }
    expect(pages).toEqual([1, 3, 1]);
  });

  test("the quota of frames and bytes counts within a batch, and does not refuse what was accepted before", async () => {
    const { store, uids } = await open({ frames: 3, bytes: 10 }, 2);
    const [byFrames, byBytes] = uids as [number, number];
    expect(await store.append(["a", "b", "c", "d"].map((text) => entry(byFrames, text)))).toEqual([
      "stored",
      "stored",
      "stored",
      "mailbox_full",
    ]);
    expect(await store.append([entry(byFrames, "e", true), entry(byFrames, "f")])).toEqual(["stored", "mailbox_full"]);
    const sizes = ["12345678", "123", "12", "1"];
    expect(await store.append(sizes.map((text) => entry(byBytes, text)))).toEqual([
      "stored",
      "mailbox_full",
      "stored",
      "mailbox_full",
    ]);
    expect(await texts(store, byFrames)).toEqual(["a", "b", "c", "e"]);
    expect(await texts(store, byBytes)).toEqual(["12345678", "12"]);
    for (const uid of uids) await expectTotals(store, uid);
  });

  // The embedded database has one connection.
  if (kind === "postgres") {
    test("batches that meet at mailboxes of which some are new wait for each other and never fail", async () => {
      const { store, uids } = await open({}, 60);
      for (let first = 0; first < uids.length; first += 6) {
        const new6 = uids.slice(first, first + 6);
        const batches = [1, 2, 4, 7, 15, 21, 27, 30, 31, 36, 42, 49, 51, 56, 62, 63].map((set) =>
          new6.filter((_, i) => set & (1 << i)).map((uid) => entry(uid, "a")),
        );
        for (const outcomes of await Promise.all(batches.map((batch) => store.append(batch)))) {
          expect(outcomes).toEqual(outcomes.map(() => "stored"));
        }
      }
      for (const uid of uids) await expectTotals(store, uid);
    });
  }

  test("waiting names those who have frames, and removing makes room", async () => {
    const { store, uids } = await open({ frames: 2 }, 3);
    const [one, two, none] = uids as [number, number, number];
    await store.append([entry(one, "a"), entry(one, "b"), entry(two, "c")]);
    expect(await store.waiting([one, two, none, NOBODY])).toEqual(new Set([one, two]));
    const [first, second] = await all(store, one);
    await store.remove(new Map([[one, first!.id]]));
    expect(await texts(store, one)).toEqual(["b"]);
    expect(await texts(store, two)).toEqual(["c"]);
    expect(await store.append([entry(one, "d"), entry(one, "e")])).toEqual(["stored", "mailbox_full"]);
    // An id of another user's frames, far above one's own, removes nobody else's; twice the same does nothing.
    const removals = new Map([
      [one, second!.id],
      [none, Number.MAX_SAFE_INTEGER],
      [NOBODY, 1],
    ]);
    await store.remove(removals);
    await store.remove(removals);
    expect(await store.waiting(uids)).toEqual(new Set([one, two]));
    for (const uid of uids) await expectTotals(store, uid);
  });

  test("appenders at once for the same users, in any order: no deadlock, each one's order kept, totals right", async () => {
    const { store, uids } = await open({}, 5);
    const other = new Mailboxes(store.database, QUOTA);
    const append = async (from: Mailboxes, name: string, order: readonly number[]) => {
      for (let i = 0; i < 15; i++) await from.append(order.map((uid) => entry(uid, `${name} ${i}`)));
    };
    await Promise.all([
      append(store, "a", uids),
      append(other, "b", uids.toReversed()),
      append(
        store,
        "c",
        [2, 0, 4, 1, 3].map((i) => uids[i]!),
      ),
    ]);
    for (const uid of uids) {
      const found = await texts(store, uid);
      for (const name of ["a", "b", "c"]) {
        const own = found.filter((text) => text.startsWith(name));
        expect(own).toEqual(Array.from({ length: 15 }, (_, i) => `${name} ${i}`));
      }
      await expectTotals(store, uid);
    }
  });

  test("appenders at once past the quota store no frame too many", async () => {
    const { store, uids } = await open({ frames: 7 });
    const batches = Array.from({ length: 5 }, () =>
      store.append(Array.from({ length: 3 }, () => entry(uids[0]!, "x"))),
    );
    const outcomes = (await Promise.all(batches)).flat();
    expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(7);
    await expectTotals(store, uids[0]!);
  });

  test("removing what was read while others append never deletes a frame that nobody saw", async () => {
    const { store, uids } = await open({}, 2);
    const [uid, other] = uids as [number, number];
    const seen: string[] = [];
    let appending = true;
    const append = async (name: string) => {
      for (let i = 0; i < 30; i++) await store.append([entry(uid, `${name} ${i}`), entry(other, "noise")]);
    };
    const read = async () => {
      do {
        const page = await store.read(uid, 0);
        if (page.length === 0) continue;
        seen.push(...page.map(textOf));
        await store.remove(new Map([[uid, page.at(-1)!.id]]));
      } while (appending);
    };
    const reading = read();
    await Promise.all([append("a"), append("b"), append("c")]);
    appending = false;
    await reading;
    seen.push(...(await texts(store, uid)));
    expect(seen).toHaveLength(90);
    expect(new Set(seen).size).toBe(90);
    await expectTotals(store, uid);
    await expectTotals(store, other);
  });

  test("frames that waited longer than the quota's days go, younger ones stay, totals are right", async () => {
    const { store, uids } = await open({}, 2);
    const [uid, fresh] = uids as [number, number];
    await store.append([entry(uid, "old 1"), entry(uid, "old 2"), entry(uid, "young"), entry(fresh, "fresh")]);
    const ids = (await all(store, uid)).map(({ id }) => id);
    const age = (days: number, which: number[]) =>
      store.database.run((db) =>
        db
          .update(mailboxFrames)
          .set({ storedAt: new Date(Date.now() - days * 86_400_000) })
          .where(inArray(mailboxFrames.id, which)),
      );
    await age(30.01, ids.slice(0, 2));
    await age(29.99, ids.slice(2));
    expect(await store.expire()).toBeGreaterThanOrEqual(2);
    expect(await texts(store, uid)).toEqual(["young"]);
    expect(await texts(store, fresh)).toEqual(["fresh"]);
    await expectTotals(store, uid);
    expect(await store.expire()).toBe(0);
  });

  test("more old frames than one statement deletes all go", async () => {
    const { store, uids } = await open({}, 1);
    const uid = uids[0]!;
    await store.append(Array.from({ length: 6000 }, () => entry(uid, "x")));
    await store.database.run((db) =>
      db
        .update(mailboxFrames)
        .set({ storedAt: new Date(0) })
        .where(eq(mailboxFrames.uid, uid)),
    );
    expect(await store.expire()).toBe(6000);
    expect(await totals(store, uid)).toEqual({ said: { frames: 0, bytes: 0 }, there: { frames: 0, bytes: 0 } });
  });
});

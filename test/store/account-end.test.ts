import { expect } from "bun:test";
import { sql } from "drizzle-orm";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { StoreRejected } from "../../src/store/failures.ts";
import { History } from "../../src/store/history.ts";
import { Mailboxes } from "../../src/store/mailbox.ts";
import { PresenceRows } from "../../src/store/presence.ts";
import { Users } from "../../src/store/users.ts";
import { allowForStarts, sharedDatabase, testOnPostgres } from "../support/services.ts";
import { userRows } from "../support/user-rows.ts";

const QUOTA = { frames: 10_000, bytes: 64 << 20, days: 30 };
const STAYING = 10;
const LEAVING = 20;
const WRITERS = 3;
/** A message whose user ends as it is written. */
const FOREIGN_KEY = "23503";

allowForStarts();

// The embedded database does one thing at a time.
testOnPostgres(
  "accounts end while everybody writes to everybody: no end fails, no writer does, and nothing is left",
  async () => {
    const database = await sharedDatabase("postgres");
    const uids = await userRows(database, STAYING + LEAVING);
    const leaving = uids.slice(STAYING);
    const history = new History(database, 30);
    const mailboxes = new Mailboxes(database, QUOTA);
    const presence = new PresenceRows(database);
    const any = () => uids[Math.floor(Math.random() * uids.length)]!;
    let prints = BigInt(Date.now()) << 20n;
    const frame = (uid: number, target: number) =>
      encodeFrame({ uid, target, msgId: 0n, timestampMs: 0n, data: new Uint8Array(9) }, Bun.hash.crc32);
    const many = <T>(make: () => T) => Array.from({ length: 50 }, make);
    const works = [
      () => history.append(many(() => ({ frame: frame(any(), any()), fingerprint: prints++ }))),
      () => mailboxes.append(many(any).map((uid) => ({ uid, frame: frame(uids[0]!, uid), accepted: false }))),
      () => mailboxes.remove(new Map(many(() => [any(), 1]))),
      () => presence.write("node", { came: [...new Set(many(any))], left: [...new Set(many(any))], moved: new Map() }),
    ];
    const failures: unknown[] = [];
    let over = false;
    const writing = works.flatMap((work) =>
      Array.from({ length: WRITERS }, async () => {
        while (!over) {
          await work().catch((error: unknown) => {
            if (!(error instanceof StoreRejected && error.sqlstate === FOREIGN_KEY)) failures.push(error);
          });
        }
      }),
    );
    const users = new Users(database);
    // Two at once, who have written to each other.
    for (let at = 0; at < LEAVING; at += 2) {
      const ends = leaving.slice(at, at + 2).map((uid) => users.delete(uid, "").catch((error) => failures.push(error)));
      await Promise.all(ends);
    }
    over = true;
    await Promise.all(writing);
    expect(failures).toEqual([]);
    const gone = sql.raw(`(${leaving.join(",")})`);
    const left = await database.run((db) =>
      Promise.all([
        db.$count(sql`users where uid in ${gone}`),
        db.$count(sql`messages where low in ${gone} or high in ${gone}`),
        db.$count(sql`mailbox_frames where uid in ${gone}`),
      ]),
    );
    expect(left).toEqual([0, 0, 0]);
  },
);

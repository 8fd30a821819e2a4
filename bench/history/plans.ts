/** The plans of the very statements that the server runs. */
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { Conversations } from "../../src/store/conversations.ts";
import { Database } from "../../src/store/database.ts";
import { History } from "../../src/store/history.ts";
import * as schema from "../../src/store/schema.ts";

export interface Plan {
  readonly of: string;
  readonly lines: readonly string[];
}

/** Statements that have no plan. */
const BARE = /^(?:begin|commit|rollback)/i;

/** A batch such as the writer's: whoever they are, they exist. */
const batchOf = (users: number, count: number) =>
  Array.from({ length: count }, () => {
    const uid = 1 + Math.floor(Math.random() * users);
    const target = 1 + Math.floor(Math.random() * users);
    const frame = encodeFrame({ uid, target, msgId: 1n, timestampMs: 0n, data: new Uint8Array(64) }, Bun.hash.crc32);
    return { frame, fingerprint: BigInt.asIntN(64, BigInt(Math.floor(Math.random() * 2 ** 53)) << 11n) };
  });

export const someBatch = batchOf;

/** Runs each of the history's questions once and explains every statement of it. */
export async function plansOf(url: string, users: number): Promise<Plan[]> {
  let seen: { query: string; parameters: unknown[] }[] = [];
  const client = postgres(url, {
    max: 1,
    onnotice: () => {},
    debug: (_, query, parameters) => void seen.push({ query, parameters }),
  });
  const plain = postgres(url, { max: 1, onnotice: () => {} });
  const db = drizzle(client, { schema });
  const database = new Database({ kind: "postgres", db, close: () => client.end() });
  const conversations = new Conversations(database);
  const history = new History(database, 3650);
  const questions: [string, () => Promise<unknown>][] = [
    ["/conversations", () => conversations.list(1, undefined, 20)],
    ["/conversations with a cursor", () => conversations.list(1, 1_000_000, 100)],
    ["/history before", () => conversations.before(1, 2, undefined, 50)],
    ["/history after", () => conversations.after(1, 2, 1, 200)],
    ["/mark_read, all", () => conversations.markRead([{ owner: 1, peer: 2, msgId: undefined }])],
    ["/mark_read, up to one", () => conversations.markRead([{ owner: 2, peer: 1, msgId: 5n }])],
    ["writing", () => history.append(batchOf(users, 1000))],
    [
      "deleting",
      async () => {
        await plain.unsafe(`update messages set stored_at = now() - interval '20 years'
          where (low, high, id) in (select low, high, id from messages order by stored_at limit 500)`);
        await history.expire();
      },
    ],
  ];
  const plans: Plan[] = [];
  try {
    for (const [of, ask] of questions) {
      // What the driver asks of types, once.
      await ask();
      seen = [];
      await ask();
      for (const { query, parameters } of seen.filter((each) => !BARE.test(each.query))) {
        const rows = await plain.unsafe(`explain ${query}`, parameters as never[]);
        plans.push({ of, lines: rows.map((row) => String(row["QUERY PLAN"])) });
      }
    }
  } finally {
    await client.end({ timeout: 5 });
    await plain.end({ timeout: 5 });
  }
  return plans;
}

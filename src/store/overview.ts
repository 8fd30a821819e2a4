/** What administrators look at: users, tokens, mailboxes and totals, without a secret. */
import { and, asc, count, eq, getTableColumns, gt, isNotNull, max, min, not, sql, sum } from "drizzle-orm";
import type { Database } from "./database.ts";
import { rowsOf } from "./driver.ts";
import { nodes } from "./people-schema.ts";
import { nodeIsDead } from "./presence.ts";
import { mailboxes, mailboxFrames, tokens, users } from "./schema.ts";
import { isAhead } from "./time.ts";

export interface UserFilter {
  /** Only uids above it: the last one of the page before. */
  readonly after: number;
  /** What the name begins with, folded as `nameKey` does. */
  readonly prefix?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly limit: number;
}

const { passwordHash: _, unameKey: __, ...profile } = getTableColumns(users);
const { uid, uname, userType, createdAt, disabledAt } = users;
/** A frame's sender: its first 8 bytes (protocol/frame.ts). */
const sender = sql<number>`('x' || encode(substring(${mailboxFrames.frame} from 1 for 8), 'hex'))::bit(64)::bigint`;
/** Totals of a large database take a while to count. */
const COUNT_LIMIT_MS = 9000;

export class Overview {
  constructor(readonly database: Database) {}

  /** In the order of uid. */
  users({ after, prefix, disabled, limit }: UserFilter) {
    const conditions = [
      gt(users.uid, after),
      prefix ? sql`starts_with(${users.unameKey}, ${prefix})` : undefined,
      disabled ? isNotNull(users.disabledAt) : undefined,
    ];
    return this.database.run((db) =>
      db
        .select({ uid, uname, userType, createdAt, disabledAt })
        .from(users)
        .where(and(...conditions))
        .orderBy(asc(users.uid))
        .limit(limit),
    );
  }

  /** @returns the uid of a name's key; undefined: nobody has it */
  async uidOf(unameKey: string): Promise<number | undefined> {
    const rows = await this.database.run((db) => db.select({ uid }).from(users).where(eq(users.unameKey, unameKey)));
    return rows[0]?.uid;
  }

  /** All that the account says of the user, and how much there is beside it; undefined: no such user. */
  async user(uid: number) {
    const [[found], living, mailbox] = await this.database.run((db) =>
      Promise.all([
        db.select(profile).from(users).where(eq(users.uid, uid)),
        db.$count(tokens, and(eq(tokens.uid, uid), isAhead(tokens.expiresAt))),
        db.select({ frames: mailboxes.frames, bytes: mailboxes.bytes }).from(mailboxes).where(eq(mailboxes.uid, uid)),
      ]),
    );
    return found && { ...found, tokens: living, mailbox: mailbox[0] ?? { frames: 0, bytes: 0 } };
  }

  /** A user's live tokens, newest first. */
  tokens(uid: number) {
    const { id, clientId, createdAt, expiresAt } = tokens;
    return this.database.run((db) =>
      db
        .select({ id, clientId, createdAt, expiresAt })
        .from(tokens)
        .where(and(eq(tokens.uid, uid), isAhead(tokens.expiresAt)))
        .orderBy(sql`${tokens.id} desc`),
    );
  }

  /** What waits for a user, by sender, the fullest first. */
  async mailbox(uid: number, limit: number) {
    const { uid: owner, frame, storedAt } = mailboxFrames;
    const oldest = min(storedAt);
    const bytes = sum(sql`octet_length(${frame})`).mapWith(Number);
    const [rows, senders] = await this.database.run((db) =>
      Promise.all([
        db
          .select({ frames: count(), bytes, oldest, newest: max(storedAt) })
          .from(mailboxFrames)
          .where(eq(owner, uid)),
        db
          .select({ sender: sender.mapWith(Number), frames: count(), bytes, oldest })
          .from(mailboxFrames)
          .where(eq(owner, uid))
          .groupBy(sender)
          .orderBy(sql`2 desc, 1`)
          .limit(limit),
      ]),
    );
    return { ...rows[0]!, bytes: rows[0]!.bytes ?? 0, senders };
  }

  /** The nodes that gave a sign of life lately: one that was killed is among them for half a minute. */
  async nodes(): Promise<string[]> {
    const rows = await this.database.run((db) => db.select({ node: nodes.node }).from(nodes).where(not(nodeIsDead)));
    return rows.map(({ node }) => node);
  }

  /** Totals over the whole service. */
  totals() {
    return this.database.run(
      async (db) => {
        const [counted] = rowsOf<Record<string, string | number>>(
          await db.execute(sql`
          select (select count(*) from ${users}) as users,
            (select count(*) from ${users} where disabled_at is not null) as disabled,
            (select count(*) from ${tokens}) as tokens,
            (select coalesce(sum(frames), 0) from ${mailboxes}) as mailbox_frames,
            (select coalesce(sum(bytes), 0) from ${mailboxes}) as mailbox_bytes,
            pg_database_size(current_database()) as database_bytes`),
        );
        const total = (name: string) => Number(counted![name]);
        return {
          users: total("users"),
          disabled: total("disabled"),
          tokens: total("tokens"),
          mailboxFrames: total("mailbox_frames"),
          mailboxBytes: total("mailbox_bytes"),
          databaseBytes: total("database_bytes"),
        };
      },
      { what: "totals", limitMs: COUNT_LIMIT_MS },
    );
  }
}

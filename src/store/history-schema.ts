/** The tables of history: what people wrote to each other, and how each of them has it in their list. */
import { sql } from "drizzle-orm";
import { bigint, check, foreignKey, index, integer, pgTable, primaryKey, uniqueIndex } from "drizzle-orm/pg-core";
import { bytea, instant, users } from "./schema.ts";

/**
 * One row for each of the two who talk (one in all for who talks to oneself). The row of the lower uid is locked, among
 * others, by whoever writes to the conversation, on any node.
 */
export const conversations = pgTable(
  "conversations",
  {
    owner: bigint("owner", { mode: "number" })
      .notNull()
      .references(() => users.uid, { onDelete: "cascade" }),
    peer: bigint("peer", { mode: "number" })
      .notNull()
      .references(() => users.uid, { onDelete: "cascade" }),
    /** The newest message; 0 for the moment before the first is there. */
    lastId: bigint("last_id", { mode: "number" }).notNull().default(0),
    /** The owner has read the peer's messages up to this one. */
    readId: bigint("read_id", { mode: "number" }).notNull().default(0),
    /** Messages of the peer after it. */
    unread: integer("unread").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.owner, t.peer] }),
    // A list is read from these two alone, where PostgreSQL has cleaned up since: rows of one owner lie on as many pages.
    /** An owner's list, newest first. */
    index("conversations_list").on(t.owner, t.lastId, t.peer, t.unread),
    /** How far an owner's peers have read. Also for the end of an account. */
    index("conversations_peers").on(t.peer, t.owner, t.readId),
    check("conversations_unread", sql`${t.unread} >= 0`),
  ],
);

/** Messages, each once, whichever of the two asks. */
export const messages = pgTable(
  "messages",
  {
    /** Grows in the order of acceptance on one node for each conversation, since it is taken under the conversation's lock. */
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    /** The lower uid of the two, and the higher one. */
    low: bigint("low", { mode: "number" }).notNull(),
    high: bigint("high", { mode: "number" }).notNull(),
    sender: bigint("sender", { mode: "number" }).notNull(),
    /** Both are unsigned in the frame, and the same 64 bits signed here. */
    msgId: bigint("msg_id", { mode: "bigint" }).notNull(),
    timestamp: bigint("timestamp", { mode: "bigint" }).notNull(),
    /** The same for a frame that was sent again, and for a batch that was written again. */
    fingerprint: bigint("fingerprint", { mode: "bigint" }).notNull(),
    data: bytea("data").notNull(),
    storedAt: instant("stored_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.low, t.high, t.id] }),
    foreignKey({
      name: "messages_conversation",
      columns: [t.low, t.high],
      foreignColumns: [conversations.owner, conversations.peer],
    }).onDelete("cascade"),
    uniqueIndex("messages_fingerprint").on(t.fingerprint),
    /** Messages of one batch share an instant, which keeps it small. */
    index("messages_stored_at").on(t.storedAt),
  ],
);

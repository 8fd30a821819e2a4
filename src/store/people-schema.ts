/** The tables of what users are to each other: who is online, who has blocked whom. */
import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { instant, users } from "./schema.ts";

/** The nodes that say who is online. One that has said nothing for long is dead, and its users are not online. */
export const nodes = pgTable("nodes", {
  node: text("node").primaryKey(),
  seenAt: instant("seen_at").notNull(),
});

/**
 * Who is online: one row for everybody who ever was. Beside `users`, since who comes or goes should not touch that table's
 * indexes; with a copy of what the directory filters by, so that each of its questions is one stretch of an index.
 */
export const presence = pgTable(
  "presence",
  {
    uid: bigint("uid", { mode: "number" })
      .primaryKey()
      .references(() => users.uid, { onDelete: "cascade" }),
    online: boolean("online").notNull(),
    /** One of the nodes that the user has a socket on; kept when the user has gone. */
    node: text("node").notNull(),
    /** When the user last came. */
    since: instant("since").notNull(),
    /** When the user last went; null: never yet. */
    lastSeen: instant("last_seen"),
    userType: smallint("user_type").notNull(),
    language: integer("language").notNull(),
    country: integer("country"),
    unameKey: text("uname_key").notNull(),
  },
  (t) => {
    const online = sql`${t.online}`;
    return [
      index("presence_node").on(t.node, t.uid).where(online),
      index("presence_directory").on(t.userType, t.uid, t.unameKey).where(online),
      index("presence_directory_language").on(t.userType, t.language, t.uid, t.unameKey).where(online),
      index("presence_directory_country").on(t.userType, t.country, t.uid, t.unameKey).where(online),
      index("presence_directory_language_country")
        .on(t.userType, t.language, t.country, t.uid, t.unameKey)
        .where(online),
    ];
  },
);

/** `uid` has blocked `blocked`. */
export const blocks = pgTable(
  "blocks",
  {
    uid: bigint("uid", { mode: "number" })
      .notNull()
      .references(() => users.uid, { onDelete: "cascade" }),
    blocked: bigint("blocked", { mode: "number" })
      .notNull()
      .references(() => users.uid, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.uid, t.blocked] }), index("blocks_blocked").on(t.blocked, t.uid)],
);

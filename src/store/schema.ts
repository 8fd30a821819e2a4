/**
 * The tables. A change here is followed by `bun run migration`, which writes the SQL that both drivers run.
 * uids are bigint columns read as JavaScript numbers: the protocol allows 1 to 2^53-1.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  customType,
  date,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";

/** Bytes in, bytes out. PGlite gives a Uint8Array, `postgres` a Buffer; both are Uint8Arrays. */
export const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const users = pgTable(
  "users",
  {
    uid: bigint("uid", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    uname: text("uname").notNull(),
    /** The name folded for comparison (NFKC, lower case); unique. */
    unameKey: text("uname_key").notNull(),
    /** argon2id in PHC string format. */
    passwordHash: text("password_hash").notNull(),
    phone: text("phone"),
    email: text("email"),
    gender: smallint("gender").notNull(),
    language: integer("language").notNull(),
    occup: text("occup").notNull(),
    userType: smallint("user_type").notNull(),
    avatar: text("avatar").notNull(),
    audio: text("audio"),
    birth: date("birth", { mode: "string" }),
    country: integer("country"),
    province: integer("province"),
    city: integer("city"),
    description: text("description"),
    interest: text("interest"),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** An administrator has locked the user out since then. */
    disabledAt: instant("disabled_at"),
  },
  (t) => [
    uniqueIndex("users_uname_key").on(t.unameKey),
    // The directory in its order, for each set of filters; the name's key comes along so that looking for a part of it
    // reads the index alone. One without user_type reads both types side by side.
    index("users_directory").on(t.userType, t.uid, t.unameKey),
    index("users_directory_language").on(t.userType, t.language, t.uid, t.unameKey),
    index("users_directory_country").on(t.userType, t.country, t.uid, t.unameKey),
    index("users_directory_language_country").on(t.userType, t.language, t.country, t.uid, t.unameKey),
    // Rare parts of names, together with the filters. Without `fastupdate` no search has to read what others left to be sorted in.
    index("users_directory_terms")
      .using("gin", sql`directory_terms(${t.unameKey}, ${t.userType}, ${t.language}, ${t.country})`)
      .with({ fastupdate: false }),
    check("users_gender", sql`${t.gender} in (1, 2)`),
    check("users_user_type", sql`${t.userType} in (1, 2)`),
  ],
);

export const tokens = pgTable(
  "tokens",
  {
    /** Stays the same when the token is refreshed, so that open sockets stay tied to it. */
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    uid: bigint("uid", { mode: "number" })
      .notNull()
      .references(() => users.uid, { onDelete: "cascade" }),
    clientId: integer("client_id").notNull(),
    /** SHA-256 of the token: a copy of this table opens nobody's socket. */
    hash: bytea("hash").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    uniqueIndex("tokens_hash").on(t.hash),
    index("tokens_uid").on(t.uid, t.id),
    index("tokens_expires_at").on(t.expiresAt),
  ],
);

/** How much waits for one user: locked by whoever adds to or takes from that user's mailbox, on any node. */
export const mailboxes = pgTable(
  "mailboxes",
  {
    uid: bigint("uid", { mode: "number" })
      .primaryKey()
      .references(() => users.uid, { onDelete: "cascade" }),
    frames: integer("frames").notNull().default(0),
    bytes: bigint("bytes", { mode: "number" }).notNull().default(0),
  },
  (t) => [check("mailboxes_not_negative", sql`${t.frames} >= 0 and ${t.bytes} >= 0`)],
);

/** Frames that wait for their targets, as they came. */
export const mailboxFrames = pgTable(
  "mailbox_frames",
  {
    /** Grows in the order of acceptance for each user, since it is taken under the lock of the user's mailbox. */
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    uid: bigint("uid", { mode: "number" })
      .notNull()
      .references(() => users.uid, { onDelete: "cascade" }),
    frame: bytea("frame").notNull(),
    storedAt: instant("stored_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.uid, t.id] }),
    /** Rows come in the order of time: a block-range index costs next to nothing and finds the old ones. */
    index("mailbox_frames_stored_at").using("brin", t.storedAt),
  ],
);

/** One-use tickets of the redirect from /register to /login. */
export const tickets = pgTable(
  "tickets",
  {
    /** SHA-256 of the ticket. */
    hash: bytea("hash").primaryKey(),
    uid: bigint("uid", { mode: "number" })
      .notNull()
      .references(() => users.uid, { onDelete: "cascade" }),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [index("tickets_expires_at").on(t.expiresAt), index("tickets_uid").on(t.uid)],
);

/** Failed logins by name and by address, registrations by address. */
export const attempts = pgTable(
  "attempts",
  {
    /** What is counted, then a colon, then for whom. */
    key: text("key").primaryKey(),
    points: integer("points").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [index("attempts_expires_at").on(t.expiresAt)],
);

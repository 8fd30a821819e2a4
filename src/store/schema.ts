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
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";

/** Bytes in, bytes out. PGlite gives a Uint8Array, `postgres` a Buffer; both are Uint8Arrays. */
const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

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
  },
  (t) => [
    uniqueIndex("users_uname_key").on(t.unameKey),
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
  (t) => [index("tickets_expires_at").on(t.expiresAt)],
);

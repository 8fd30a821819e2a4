/** The table of users. */
import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tickets, users } from "./schema.ts";
import { inSeconds } from "./time.ts";

/** What the login answer says of a user. */
export interface Profile {
  readonly uid: number;
  /** As registered: NFKC, trimmed. */
  readonly uname: string;
  /** 1 male, 2 female. */
  readonly gender: number;
  /** 1 student, 2 teacher. */
  readonly userType: number;
}

export type NewUser = Omit<typeof users.$inferInsert, "uid" | "createdAt">;

/** The hash of a registration's ticket, and how long it lives. */
export interface NewTicket {
  readonly hash: Uint8Array;
  readonly seconds: number;
}

const profile = { uid: users.uid, uname: users.uname, gender: users.gender, userType: users.userType };

export class Users {
  constructor(readonly database: Database) {}

  /**
   * Stores a user together with the ticket for the first login: both or neither.
   * @returns the new uid; undefined where the name is taken
   */
  create(user: NewUser, ticket: NewTicket): Promise<number | undefined> {
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        const rows = await tx
          .insert(users)
          .values(user)
          .onConflictDoNothing({ target: users.unameKey })
          .returning({ uid: users.uid });
        const uid = rows[0]?.uid;
        if (uid === undefined) return undefined;
        await tx.insert(tickets).values({ hash: ticket.hash, uid, expiresAt: inSeconds(ticket.seconds) });
        return uid;
      }),
    );
  }

  /** True where somebody has the name of this key. */
  async taken(unameKey: string): Promise<boolean> {
    const rows = await this.database.run((db) =>
      db.select({ uid: users.uid }).from(users).where(eq(users.unameKey, unameKey)),
    );
    return rows.length > 0;
  }

  /** The user of a name, with the hash of the password. */
  async byKey(unameKey: string): Promise<(Profile & { passwordHash: string }) | undefined> {
    const rows = await this.database.run((db) =>
      db
        .select({ ...profile, passwordHash: users.passwordHash })
        .from(users)
        .where(eq(users.unameKey, unameKey)),
    );
    return rows[0];
  }

  async byUid(uid: number): Promise<Profile | undefined> {
    const rows = await this.database.run((db) => db.select(profile).from(users).where(eq(users.uid, uid)));
    return rows[0];
  }
}

/** What users say of themselves: the owner sees all of it, others what is public. */
import { eq, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { array } from "./arrays.ts";
import type { Database } from "./database.ts";
import { blocks, presence } from "./people-schema.ts";
import { users } from "./schema.ts";

const open = {
  uid: users.uid,
  uname: users.uname,
  gender: users.gender,
  userType: users.userType,
  language: users.language,
  country: users.country,
  province: users.province,
  city: users.city,
  occup: users.occup,
  description: users.description,
  interest: users.interest,
  avatar: users.avatar,
  audio: users.audio,
};
const msOf = (at: PgColumn): SQL<number> => sql<number>`(extract(epoch from ${at}) * 1000)::bigint`.mapWith(Number);
const own = {
  ...open,
  birth: users.birth,
  email: users.email,
  phone: users.phone,
  createdAtMs: msOf(users.createdAt),
};

type Open = Pick<typeof users.$inferSelect, keyof typeof open>;

/** A profile as its owner sees it. */
export interface OwnProfile extends Open {
  readonly birth: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** ms since 1970 */
  readonly createdAtMs: number;
}

/** What a user may change. */
export type ProfileChanges = Partial<Omit<OwnProfile, "uid" | "uname" | "createdAtMs">>;

/** A profile as another user sees it. */
export interface PublicProfile extends Open {
  /** Whole years; null where the user has not said. */
  readonly age: number | null;
  /** False for one whom the user has blocked. */
  readonly online: boolean;
  /** When the user last went, in ms since 1970; null where online, never seen, or blocked by the user. */
  readonly lastSeenMs: number | null;
}

export class Profiles {
  constructor(readonly database: Database) {}

  /** @returns undefined where there is no such user. @throws StoreUnavailable */
  async own(uid: number): Promise<OwnProfile | undefined> {
    const rows = await this.database.run((db) => db.select(own).from(users).where(eq(users.uid, uid)));
    return rows[0];
  }

  /**
   * What one user sees of others, in their order; unknown ones are left out.
   * @throws StoreUnavailable
   */
  async seenBy(viewer: number, uids: readonly number[]): Promise<PublicProfile[]> {
    if (uids.length === 0) return [];
    const isBlocked = sql`(select true from ${blocks} where ${blocks.uid} = ${users.uid} and ${blocks.blocked} = ${viewer})`;
    const seen = sql`${isBlocked} is null`;
    const rows = await this.database.run((db) =>
      db
        .select({
          ...open,
          age: sql<number | null>`extract(year from age(${users.birth}))::int`,
          online: sql<boolean>`coalesce(${presence.online}, false) and ${seen}`,
          lastSeenMs: sql<
            number | null
          >`case when not ${presence.online} and ${seen} then (extract(epoch from ${presence.lastSeen}) * 1000)::double precision end`,
        })
        .from(users)
        .leftJoin(presence, eq(presence.uid, users.uid))
        .where(sql`${users.uid} = any(${array(uids)}::bigint[])`)
        .prepare("profiles")
        .execute(),
    );
    const byUid = new Map(rows.map((row) => [row.uid, row]));
    return uids.flatMap((uid) => byUid.get(uid) ?? []);
  }

  /**
   * Changes what is given. What the directory filters by changes for it as well.
   * @returns the profile as it is then; undefined where there is no such user. @throws StoreUnavailable
   */
  async change(uid: number, changes: ProfileChanges): Promise<OwnProfile | undefined> {
    if (Object.keys(changes).length === 0) return this.own(uid);
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        const rows = await tx.update(users).set(changes).where(eq(users.uid, uid)).returning(own);
        const changed = rows[0];
        if (changed === undefined) return undefined;
        const { userType, language, country } = changed;
        // After the user's own row, which who writes presence down locks too: the copy cannot miss the change.
        await tx.update(presence).set({ userType, language, country }).where(eq(presence.uid, uid));
        return changed;
      }),
    );
  }
}

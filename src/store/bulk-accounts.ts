/** Users and live tokens in bulk, for load tests: over HTTP each of them costs an argon2 hash. */
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tokens, users } from "./schema.ts";
import { inSeconds } from "./time.ts";

/** Verifies no password: nobody can log in to these accounts. */
const NO_PASSWORD = "none";
/** As every client sends it. */
const CLIENT_ID = 123;

/**
 * Inserts a user for each name, and a token for each user. Some thousands at a time stay well below a query's time limit.
 * @param names unique; well-formed, folded already
 * @param hashes of the tokens, one for each name
 * @returns the uid that goes with each hash
 * @throws StoreRejected where a name is taken
 */
export async function insertAccounts(
  database: Database,
  names: readonly string[],
  hashes: readonly Uint8Array[],
  seconds: number,
): Promise<readonly number[]> {
  const list = names.join(",");
  const hex = hashes.map((hash) => Buffer.from(hash).toString("hex")).join(",");
  return database.run((db) =>
    db.transaction(async (tx) => {
      await tx.execute(sql`
        insert into ${users} (uname, uname_key, password_hash, gender, language, occup, user_type, avatar)
        select name, name, ${NO_PASSWORD}::text, 1, 0, '', 1, '' from unnest(string_to_array(${list}::text, ',')) as name`);
      const rows = await tx
        .select({ uid: users.uid })
        .from(users)
        .where(sql`${users.unameKey} = any(string_to_array(${list}::text, ','))`);
      const uids = rows.map(({ uid }) => uid);
      await tx.execute(sql`
        insert into ${tokens} (uid, client_id, hash, expires_at)
        select uid, ${CLIENT_ID}::int, decode(hash, 'hex'), ${inSeconds(seconds)}
        from unnest(string_to_array(${uids.join(",")}::text, ',')::bigint[], string_to_array(${hex}::text, ',')) as t(uid, hash)`);
      return uids;
    }),
  );
}

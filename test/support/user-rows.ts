import type { Database } from "../../src/store/database.ts";
import { users } from "../../src/store/schema.ts";
import { unique } from "./client.ts";

/** Users whom nobody can log in as, straight into the table: a registration would spend its time in argon2. @returns their uids */
export async function userRows(database: Database, count: number): Promise<number[]> {
  const rows = Array.from({ length: count }, () => {
    const uname = unique();
    return { uname, unameKey: uname, passwordHash: "", gender: 1, userType: 1, language: 0, occup: "", avatar: "" };
  });
  const made = await database.run((db) => db.insert(users).values(rows).returning({ uid: users.uid }));
  return made.map(({ uid }) => uid);
}

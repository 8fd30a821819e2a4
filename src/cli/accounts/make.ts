/** Accounts with live tokens, straight into a database that the service uses or will use. */
import { drawToken, hashOf } from "../../accounts/secrets.ts";
import { insertAccounts } from "../../store/bulk-accounts.ts";
import { openDatabase } from "../../store/database.ts";

const AT_ONCE = 5000;

export interface Account {
  readonly uid: number;
  readonly token: string;
}

/**
 * Opens and migrates a database as the server would, adds accounts and closes it again. Nobody can log in to them: they
 * have tokens, and no password.
 * @param at `url` postgres://…; undefined: the embedded database in `directory`, which no server may have open
 * @param days that the tokens live
 * @throws StartError where the database cannot be opened
 */
export async function makeAccounts(
  at: { url?: string | undefined; directory: string },
  count: number,
  days = 7,
): Promise<Account[]> {
  const database = await openDatabase(at);
  try {
    const run = crypto.randomUUID().slice(0, 8);
    const accounts: Account[] = [];
    while (accounts.length < count) {
      const first = accounts.length;
      const names = Array.from(
        { length: Math.min(AT_ONCE, count - first) },
        (_, index) => `load-${run}-${first + index}`,
      );
      const tokens = names.map(drawToken);
      const uids = await insertAccounts(database, names, tokens.map(hashOf), days * 24 * 3600);
      accounts.push(...uids.map((uid, index) => ({ uid, token: tokens[index]! })));
    }
    return accounts;
  } finally {
    await database.close();
  }
}

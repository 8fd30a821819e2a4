/**
 * All that the database holds about one account, for its owner to have. `test/store/account-data.test.ts` reads the schema
 * and fails where a table that refers to users is neither here nor deleted with the user.
 */
import { getTableName, is, type SQL, sql } from "drizzle-orm";
import { getTableConfig, type PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Database } from "./database.ts";
import { rowsOf } from "./driver.ts";
import { conversations, messages } from "./history-schema.ts";
import { blocks, presence } from "./people-schema.ts";
import { mailboxes, mailboxFrames, tickets, tokens, users } from "./schema.ts";

export interface AccountTable {
  readonly table: PgTable;
  /** A row is the user's where one of these is the user's uid. */
  readonly of: readonly PgColumn[];
  /** Columns that are kept back: by these one could get in, or they are somebody else's business. */
  readonly without: readonly PgColumn[];
}

/** In the order of the export. A table that refers to users through another is listed as well. */
export const ACCOUNT_TABLES: readonly AccountTable[] = [
  { table: users, of: [users.uid], without: [users.passwordHash, users.unameKey] },
  { table: tokens, of: [tokens.uid], without: [tokens.hash] },
  { table: tickets, of: [tickets.uid], without: [tickets.hash] },
  { table: mailboxes, of: [mailboxes.uid], without: [] },
  { table: mailboxFrames, of: [mailboxFrames.uid], without: [] },
  { table: presence, of: [presence.uid], without: [presence.unameKey] },
  { table: blocks, of: [blocks.uid], without: [] },
  { table: conversations, of: [conversations.owner], without: [] },
  { table: messages, of: [messages.low, messages.high], without: [messages.fingerprint] },
];

/** Rows that one query gives, so that memory does not grow with a history. As hex a frame is twice as long. */
const PAGE_ROWS = 100;

export class AccountData {
  constructor(readonly database: Database) {}

  /**
   * The account as JSON text, piece by piece: one object with a list for each table, rows as the database spells them
   * (bytes as `\x…`), then `"complete": true`, without which it ended early.
   * @throws StoreUnavailable while it is being read
   */
  async *export(uid: number): AsyncGenerator<string> {
    let separator = "{";
    for (const each of ACCOUNT_TABLES) {
      yield `${separator}\n"${getTableName(each.table)}": [`;
      let between = "\n";
      for await (const row of this.#rows(each, uid)) {
        yield between + row;
        between = ",\n";
      }
      yield "]";
      separator = ",";
    }
    yield ',\n"complete": true}\n';
  }

  /** Page by page in the order of the key, for no transaction may wait for a slow reader. */
  async *#rows({ table, of, without }: AccountTable, uid: number): AsyncGenerator<string> {
    const key = keyOf(table);
    const hidden = `{${without.map(({ name }) => name).join(",")}}`;
    const mine = sql.join(
      of.map((column) => sql`${column} = ${uid}::bigint`),
      sql` or `,
    );
    const place = sql`json_build_array(${sql.join(
      key.map((column) => sql`${column}::text`),
      sql`, `,
    )})::text`;
    for (let after: SQL = sql`true`; ; ) {
      const page = await this.database.run(async (db) =>
        rowsOf<{ row: string; place: string }>(
          await db.execute(sql`
            select (to_jsonb(${table}) - ${hidden}::text[])::text as row, ${place} as place
            from ${table} where (${mine}) and ${after} order by ${sql.join([...key], sql`, `)} limit ${PAGE_ROWS}`),
        ),
      );
      for (const { row } of page) yield row;
      if (page.length < PAGE_ROWS) return;
      after = isAfter(key, JSON.parse(page.at(-1)!.place) as string[]);
    }
  }
}

const isAfter = (key: readonly PgColumn[], values: readonly string[]): SQL => {
  const bounds = key.map((column, index) => sql`${values[index]}::${sql.raw(column.getSQLType())}`);
  return sql`(${sql.join([...key], sql`, `)}) > (${sql.join(bounds, sql`, `)})`;
};

/** The columns of the primary key. */
function keyOf(table: PgTable): readonly PgColumn[] {
  const { columns, primaryKeys } = getTableConfig(table);
  return primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
}

/** Whether a value that a schema file exports is a table. */
export const isTable = (value: unknown): value is PgTable => is(value, PgTable);

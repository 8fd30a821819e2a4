/** The plan of every statement that a call runs. */
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { Database } from "../../src/store/database.ts";
import * as schema from "../../src/store/schema.ts";

export interface Plan {
  readonly sql: string;
  readonly lines: readonly string[];
}

/** Reads a table from end to end. The nodes, a handful, are no table of users' size. */
const READS_ALL = /\bSeq Scan on (?!nodes\b)\w+/;

export const readsAll = ({ lines }: Plan): string | undefined =>
  lines.map((line) => READS_ALL.exec(line)?.[0]).find((found) => found !== undefined);

/** Not those that begin and end transactions. */
const EXPLAINED = /^\s*(?:select|with|insert|update|delete|\()/i;

/** Runs what a call asks of the database, and has each statement explained as it runs. */
export class Explainer {
  readonly #client: postgres.Sql;

  constructor(url: string) {
    this.#client = postgres(url, { max: 1, onnotice: () => {} });
  }

  /** @param work is rolled back */
  async plansOf(work: (database: Database) => Promise<unknown>): Promise<Plan[]> {
    const statements: { sql: string; params: unknown[] }[] = [];
    const logger = { logQuery: (sql: string, params: unknown[]) => void statements.push({ sql, params }) };
    await rolledBack((run) =>
      drizzle(this.#client, { schema, logger }).transaction((tx) =>
        run(() => work(new Database({ kind: "postgres", db: tx, close: async () => {} }))),
      ),
    );
    const plans: Plan[] = [];
    const explain = async (client: postgres.TransactionSql, { sql, params }: (typeof statements)[number]) => {
      const rows = await client.unsafe(
        `explain (analyze, costs off, timing off, summary off) ${sql}`,
        params as never[],
      );
      plans.push({ sql, lines: rows.map((row) => String(row["QUERY PLAN"])) });
    };
    await rolledBack((run) =>
      this.#client.begin((client) =>
        run(async () => {
          for (const each of statements) if (EXPLAINED.test(each.sql)) await explain(client, each);
        }),
      ),
    );
    return plans;
  }

  async end(): Promise<void> {
    await this.#client.end();
  }
}

const ENOUGH = new Error("rolled back");

/** @param begin begins a transaction, in which it is to `run` */
async function rolledBack(begin: (run: (work: () => Promise<unknown>) => Promise<never>) => Promise<unknown>) {
  const run = async (work: () => Promise<unknown>): Promise<never> => {
    await work();
    throw ENOUGH;
  };
  await begin(run).catch((error) => {
    if (error !== ENOUGH) throw error;
  });
}

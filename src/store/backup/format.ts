/**
 * The file of a backup, one for both databases: lines of JSON, gzip. A head; for each table a line that names it, then a line
 * for each row, its values as the database writes them as text; an end with counts and a checksum of all that precedes it.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { BadBackup } from "../failures.ts";
import type { Stamp } from "../migrations.ts";

export const FORMAT = "polyge backup 1";

const head = z.object({
  format: z.literal(FORMAT),
  madeAt: z.string(),
  /** Migrations that the database had had. */
  migrations: z.array(z.int()),
});
const tableLine = z.object({ table: z.string(), columns: z.array(z.string()).min(1) });
const end = z.object({
  end: z.literal(true),
  rows: z.record(z.string(), z.int()),
  /** Where each sequence stood, and whether it had given out that number. */
  sequences: z.record(z.string(), z.object({ value: z.string(), called: z.boolean() })),
  sha256: z.string(),
});

export type Head = z.infer<typeof head>;
export type TableLine = z.infer<typeof tableLine>;
export type End = z.infer<typeof end>;
/** A row as it stands in the file: a JSON array of texts and nulls. */
export type RowLine = string;

export type Part = { head: Head } | { table: TableLine } | { row: RowLine } | { end: End };

export const headOf = (migrations: readonly Stamp[]): Head => ({
  format: FORMAT,
  madeAt: new Date().toISOString(),
  migrations: [...migrations],
});

/** Adds up what is written, or was read, for the checksum. */
export class Checksum {
  readonly #hash = createHash("sha256");

  add(line: string): void {
    this.#hash.update(line).update("\n");
  }

  get(): string {
    return this.#hash.digest("hex");
  }
}

/**
 * The parts of a backup, in order, as they are read.
 * @throws BadBackup where it is none, is damaged, or ends early; what came before must then be undone
 */
export async function* partsOf(lines: AsyncIterable<string>): AsyncGenerator<Part> {
  const checksum = new Checksum();
  const rows: Record<string, number> = {};
  let at: string | undefined;
  let seen = 0;
  for await (const line of lines) {
    if (seen++ === 0) yield { head: parse(head, line, "the file is no backup of polyge, or of a newer version's") };
    else if (line.startsWith("[")) {
      if (at === undefined) throw damaged();
      rows[at]!++;
      yield { row: line };
    } else if (line.startsWith('{"table"')) {
      const table = parse(tableLine, line, DAMAGED);
      at = table.table;
      rows[at] = 0;
      yield { table };
    } else {
      const last = parse(end, line, DAMAGED);
      if (last.sha256 !== checksum.get() || !Bun.deepEquals(last.rows, rows)) throw damaged();
      yield { end: last };
      return;
    }
    checksum.add(line);
  }
  throw new BadBackup(seen === 0 ? "the file is empty" : "the backup ends early: it was not finished, or was cut off");
}

const DAMAGED = "the backup is damaged";
const damaged = () => new BadBackup(DAMAGED);

function parse<T>(schema: z.ZodType<T>, line: string, wrong: string): T {
  try {
    const result = schema.safeParse(JSON.parse(line));
    if (result.success) return result.data;
  } catch {}
  throw new BadBackup(wrong);
}

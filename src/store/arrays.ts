/** Arrays as parameters: many rows by one statement, which is the same for every number of them and so prepared once. */

/** Both drivers take an array of integers as the text of a PostgreSQL array, whatever its length; null is NULL. */
export const array = (numbers: Iterable<number | bigint | null>): string =>
  `{${Array.from(numbers, (each) => each ?? "NULL").join(",")}}`;

/** Byte strings as one parameter, which the database cuts apart: each starts at `starts` (from 1) and has `lengths` bytes. */
export function joined(parts: readonly Uint8Array[]): { all: Buffer; starts: number[]; lengths: number[] } {
  const starts: number[] = [];
  const lengths: number[] = [];
  let next = 1;
  for (const { length } of parts) {
    starts.push(next);
    lengths.push(length);
    next += length;
  }
  return { all: Buffer.concat(parts), starts, lengths };
}

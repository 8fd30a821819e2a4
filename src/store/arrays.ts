/** Both drivers take an array of numbers as the text of a PostgreSQL array, whatever its length: one prepared statement. */
export const array = (numbers: Iterable<number>): string => `{${[...numbers].join(",")}}`;

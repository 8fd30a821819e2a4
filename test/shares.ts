/** Which test files run in one process: what files share, such as servers, is started once for each process. */

/** A file that takes longer, in ms, is worth a process of its own: whoever is free takes the longest that is left. */
const LONG_MS = 10_000;
/** What a file is thought to take that was never timed, in ms. */
const UNKNOWN_MS = 3000;

/**
 * @param timings what each file took when last measured, in ms
 * @param count of the shares among which the shorter files are spread
 * @returns lists of files, the one that takes longest first
 */
export function sharesOf(
  files: readonly string[],
  timings: Readonly<Record<string, number>>,
  count: number,
): readonly (readonly string[])[] {
  const msOf = (file: string) => timings[file] ?? UNKNOWN_MS;
  const longestFirst = files.toSorted((a, b) => msOf(b) - msOf(a));
  const alone = longestFirst.filter((file) => msOf(file) > LONG_MS).map((file) => ({ files: [file], ms: msOf(file) }));
  const spread = Array.from({ length: count }, () => ({ files: [] as string[], ms: 0 }));
  for (const file of longestFirst.slice(alone.length)) {
    const least = spread.reduce((one, other) => (other.ms < one.ms ? other : one));
    least.files.push(file);
    least.ms += msOf(file);
  }
  return [...alone, ...spread]
    .filter((share) => share.files.length > 0)
    .toSorted((a, b) => b.ms - a.ms)
    .map((share) => share.files);
}

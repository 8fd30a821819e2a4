/**
 * Waiting for states that announce themselves by no event: those of other processes, of the kernel, and what a service says
 * of itself only when asked. Whatever does announce itself is waited for by its event.
 */

const LOOK_AGAIN_MS = 20;

/** Looks until `holds`. @throws Error naming `what` where that takes longer than `limitMs` */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  if (!(await holdsWithin(limitMs, holds))) throw new Error(`${what}: not within ${limitMs / 1000} s`);
}

/**
 * The same, but a deadline passed is an answer.
 * @param lookAgainMs longer where a look costs much
 */
export async function holdsWithin(
  limitMs: number,
  holds: () => boolean | Promise<boolean>,
  lookAgainMs = LOOK_AGAIN_MS,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    // Time: nothing tells when to look again.
    await Bun.sleep(lookAgainMs);
  }
  return true;
}

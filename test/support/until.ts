/**
 * Waiting for states that announce themselves by no event: those of other processes, of the kernel, and what a service says
 * of itself only when asked. Whatever does announce itself is waited for by its event.
 */

const LOOK_AGAIN_MS = 20;

/** Looks until `holds`. @throws Error naming `what` where that takes longer than `limitMs` */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    // Time: nothing tells when to look again.
    await Bun.sleep(LOOK_AGAIN_MS);
  }
}

/** The same, but a deadline passed is an answer. */
export const holdsWithin = (limitMs: number, holds: () => boolean | Promise<boolean>): Promise<boolean> =>
  until("", holds, limitMs).then(
    () => true,
    () => false,
  );

import { expect, test } from "bun:test";
import fc from "fast-check";
import { FrameLog, type Held, HOLDING_COST_BYTES } from "../../src/delivery/frame-log.ts";

type Step =
  | { readonly do: "push"; readonly frames: number }
  | { readonly do: "mark" }
  /** Of what is held, this part is dropped. */
  | { readonly do: "drop"; readonly part: number }
  | { readonly do: "dropToMark" };

const step: fc.Arbitrary<Step> = fc.oneof(
  // Past the capacity that a log keeps, too.
  fc.record({ do: fc.constant("push" as const), frames: fc.oneof(fc.nat(40), fc.nat(3000)) }),
  fc.record({ do: fc.constant("mark" as const) }),
  fc.record({ do: fc.constant("drop" as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ do: fc.constant("dropToMark" as const) }),
);

test("a log is what was pushed and not dropped, and knows its bytes, whatever comes in which order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const held: Held = { bytes: 0 };
      const logs = [new FrameLog(held), new FrameLog(held)] as const;
      const frames = Array.from({ length: 64 }, (_, i) => Buffer.alloc(i * 7));
      const pushed: Buffer[] = [];
      let [base, mark] = [0, 0];
      const drop = (seq: number) => {
        for (const log of logs) log.dropBefore(seq);
        base = Math.max(base, seq);
      };
      for (const each of steps) {
        if (each.do === "push") {
          for (let i = 0; i < each.frames; i++) {
            const frame = frames[(pushed.length * 31) % frames.length]!;
            pushed.push(frame);
            for (const log of logs) log.push(frame);
          }
        } else if (each.do === "mark") {
          mark = pushed.length;
          // The other one is never told, and asks its frames.
          logs[0].mark();
        } else if (each.do === "drop") drop(base + Math.round(each.part * (pushed.length - base)));
        else drop(mark);

        const bytes = pushed.slice(base).reduce((sum, { length }) => sum + length + HOLDING_COST_BYTES, 0);
        for (const log of logs) {
          expect([log.base, log.end, log.bytes]).toEqual([base, pushed.length, bytes]);
          for (let seq = base; seq < pushed.length; seq++)
            if (log.at(seq) !== pushed[seq]) throw new Error(`frame ${seq}`);
        }
        expect(held.bytes).toBe(2 * bytes);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a frame that was dropped is not kept, even where others are", async () => {
  const log = new FrameLog({ bytes: 0 });
  const collected = new Set<number>();
  const registry = new FinalizationRegistry((which: number) => collected.add(which));
  for (let i = 0; i < 100; i++) {
    const frame = Buffer.alloc(2000);
    registry.register(frame, i);
    log.push(frame);
  }
  log.dropBefore(40);
  for (let look = 0; look < 20 && collected.size < 30; look++) {
    Bun.gc(true);
    await new Promise(setImmediate);
  }
  // The engine may take what lies on its stack for a reference.
  expect(collected.size).toBeGreaterThanOrEqual(30);
  expect(Math.max(...collected)).toBeLessThan(40);
  expect(log.at(40).length).toBe(2000);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Recipient } from "../../src/delivery/recipient.ts";
import { RecipientTable } from "../../src/delivery/recipient-table.ts";

/** Few, so that people come and go again. */
const few = fc.integer({ min: 1, max: 400 });
const uids = fc.oneof(
  few.map((seed) => (seed ** 5 * 7919) % 2 ** 45),
  few.map((seed) => Number.MAX_SAFE_INTEGER - seed),
  // Chosen by somebody who knows the hash: all want the same slot.
  few.map((seed) => seed * 2 ** 32 + seed),
);

test("whoever comes is found until leaving, whatever the order of comings and goings", () => {
  fc.assert(
    fc.property(fc.array(fc.array(uids, { maxLength: 300 }), { maxLength: 8 }), (rounds) => {
      const table = new RecipientTable();
      const there = new Map<number, Recipient>();
      for (const round of rounds) {
        for (const uid of round) {
          const known = there.get(uid);
          expect(table.get(uid)).toBe(known);
          if (known === undefined) {
            const recipient = new Recipient(uid);
            table.add(recipient);
            there.set(uid, recipient);
          } else {
            table.delete(known);
            there.delete(uid);
          }
        }
        expect(table.size).toBe(there.size);
        expect(new Set(table)).toEqual(new Set(there.values()));
        for (const [uid, recipient] of there) expect(table.get(uid)).toBe(recipient);
      }
    }),
    { numRuns: 30 },
  );
});

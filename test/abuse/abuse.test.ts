/** A few attacks at small size on one server; `bun run test:abuse` runs all of them at full size. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { NO_POSTGRES } from "../support/databases.ts";
import { suiteUnless } from "../support/needs.ts";
import { Arena, type Size } from "./arena.ts";
import type { Attack } from "./attack.ts";
import { badTokens, oversizedHeads, slowHeaders } from "./attacks/http.ts";
import { brokenTexts, pings, slowReader } from "./attacks/sockets.ts";
import { upgradesOfOne } from "./attacks/upgrades.ts";

const SIZE: Size = { seconds: 0.6, share: 0.1, restSeconds: 0 };
/** Of a server that refuses what it must; without limits some of these take more within the second, MiB. */
const GROWTH_MIB = 200;
const LIMIT_MS = 60_000;
/** So small that a flood reaches each within the time. */
const LIMITS = { WRONG_TOKENS: "20", UPGRADES: "20", MESSAGE_RATE: "100", MESSAGE_BURST: "200" };

/** What each comes to, beside nothing lost and nobody cut off. */
const REFUSALS: readonly (readonly [Attack, readonly string[]])[] = [
  [slowHeaders, []],
  [oversizedHeads, ["431"]],
  [badTokens, ["401", "429"]],
  [upgradesOfOne, ["429"]],
  [pings, ["closed 1008"]],
  [brokenTexts, ["error too_many", "closed 1008"]],
  [slowReader, []],
];

suiteUnless(NO_POSTGRES, "abuse", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.open(LIMITS);
  }, LIMIT_MS);
  afterAll(() => arena[Symbol.asyncDispose]());

  for (const [attack, refusals] of REFUSALS) {
    test(
      `${attack.name}: honest clients lose nothing and keep their sockets`,
      async () => {
        const { counts, memory, honest } = await arena.suffer(attack, SIZE, refusals);
        expect([honest.lost, honest.dropped]).toEqual([0, 0]);
        expect(honest.sent).toBeGreaterThan(0);
        for (const refusal of refusals) expect(counts.get(refusal) ?? 0).toBeGreaterThan(0);
        expect(memory.peak - memory.before).toBeLessThan(GROWTH_MIB);
      },
      LIMIT_MS,
    );
  }
});

/**
 * The delivery promise, checked in every order in which a few things can happen: the real `Delivery`, with a database and
 * clients that act when the search says so. README.md beside the code has the argument; this finds where it is wrong.
 * `MODEL_DEPTH=2` adds searches that take minutes.
 */
import { describe, expect, test } from "bun:test";
import { type Explored, explore } from "./model/explorer.ts";
import { HeldWorld } from "./model/held-world.ts";
import { LARGE, type Scenario, SMALL } from "./model/scenarios.ts";
import { VirtualTime } from "./model/virtual-time.ts";

const MAX_RUNS = 20_000_000;
const deep = Number(process.env["MODEL_DEPTH"] ?? 1) > 1;

function search(scenario: Scenario, prune = true): Explored {
  const time = new VirtualTime();
  using _ = time.install();
  return explore(() => new HeldWorld(time, scenario), MAX_RUNS, prune);
}

describe("in every order, nothing is lost, doubled or reordered where", () => {
  for (const [name, scenario] of Object.entries(deep ? { ...SMALL, ...LARGE } : SMALL)) {
    test(
      name,
      () => {
        const explored = search(scenario);
        console.log(`${name}: ${explored.paths} paths, ${explored.states} states, ${explored.runs} runs`);
        expect(explored.paths).toBeGreaterThan(0);
      },
      deep ? 3_600_000 : 60_000,
    );
  }
});

test("a search that leaves out states seen before finds the ends that one without finds", () => {
  for (const scenario of [
    { frames: [1], sockets: ["plain"], deaths: 1 },
    { frames: [1], sockets: ["plain"], strayPongs: 1 },
    { frames: [1], sockets: ["plain"], full: 1 },
  ] satisfies Scenario[]) {
    const [some, all] = [search(scenario), search(scenario, false)];
    expect(all.paths).toBeGreaterThan(some.paths);
    expect(some.ends).toEqual(all.ends);
  }
}, 60_000);

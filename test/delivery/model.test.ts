import { expect, test } from "bun:test";
import { explore } from "./model/explorer.ts";
import { HeldWorld, type Scenario } from "./model/held-world.ts";
import { VirtualTime } from "./model/virtual-time.ts";

const MAX_RUNS = Number(process.env["MODEL_RUNS"] ?? 200_000);

const SCENARIOS: Record<string, Scenario> = {
  "nothing fails": { frames: [1, 2, 1], sockets: ["plain"] },
  "two sockets": { frames: [1, 2], sockets: ["plain", "plain"] },
  "v2": { frames: [1, 1], sockets: ["v2", "plain"] },
  "death": { frames: [1, 2], sockets: ["plain", "plain"], deaths: 1 },
  "store": { frames: [1, 2], sockets: ["plain"], storeFailures: 1 },
  "slow": { frames: [1, 2], sockets: ["plain"], slow: 1 },
  "full": { frames: [1, 2], sockets: ["plain"], full: 1 },
  "stray": { frames: [1, 2], sockets: ["plain"], strayPongs: 1, deaths: 1 },
  "stop": { frames: [1, 2], sockets: ["plain"], stop: true },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(name, () => {
    const time = new VirtualTime();
    using _ = time.install();
    const t = Bun.nanoseconds();
    const explored = explore(() => new HeldWorld(time, scenario), MAX_RUNS);
    console.log(name, JSON.stringify(explored), (Bun.nanoseconds() - t) / 1e6);
    expect(explored.paths).toBeGreaterThan(0);
  }, 120_000);
}

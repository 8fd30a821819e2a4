/** `bun run test:fuzz`: fuzzes requests, text messages and frames on each database, for as long as one likes. */
import { parseArgs } from "node:util";

const USAGE = "Usage: bun run test:fuzz [--seconds N] [--seed N]   (60 in all, and a random seed, if not given)";
/** Requests, text messages and frames, on two databases. */
const PARTS = 6;

function fail(): never {
  console.error(USAGE);
  process.exit(2);
}

function numbers(): { seconds: number; seed: number } {
  try {
    const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
    const { seconds = "60", seed = String(crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1) } = values;
    if (!/^[1-9]\d{0,7}$/.test(seconds) || !/^\d{1,10}$/.test(seed)) fail();
    return { seconds: Number(seconds), seed: Number(seed) };
  } catch {
    return fail();
  }
}

const { seconds, seed } = numbers();
console.log(`seed ${seed}, ${seconds} s; the same again: bun run test:fuzz --seconds ${seconds} --seed ${seed}`);
const run = Bun.spawn([process.execPath, "test", "--only-failures", "test/fuzz/fuzz.test.ts"], {
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, FUZZ_SEED: String(seed), FUZZ_SECONDS: String(seconds / PARTS) },
});
process.exit(await run.exited);

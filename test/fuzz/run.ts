/** `bun run test:fuzz`: fuzzes requests, text messages and frames on each database, for as long as one likes. */
import { askedOf, whole } from "../../src/cli/command/command.ts";

const HELP = "bun run test:fuzz [--seconds N] [--seed N]: 60 in all, and a random seed, if not given\n";
/** Requests, text messages and frames, on two databases. */
const PARTS = 6;

const OPTIONS = { seconds: { type: "string", default: "60" }, seed: { type: "string" } } as const;
const { seconds, seed } = askedOf("test:fuzz", HELP, { options: OPTIONS }, ({ values }) => ({
  seconds: whole("seconds", values.seconds, 99_999_999),
  seed: whole("seed", values.seed ?? String(crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1), 9_999_999_999, 0),
}));
console.log(`seed ${seed}, ${seconds} s; the same again: bun run test:fuzz --seconds ${seconds} --seed ${seed}`);
const run = Bun.spawn([process.execPath, "test", "--only-failures", "test/fuzz/fuzz.test.ts"], {
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, FUZZ_SEED: String(seed), FUZZ_SECONDS: String(seconds / PARTS) },
});
process.exit(await run.exited);
